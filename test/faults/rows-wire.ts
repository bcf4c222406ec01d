/** Faults of connections, bytes and bodies: what was promised does not come, or something else comes. */

import { deflateRawSync } from 'node:zlib'
import { bomb, compressed, drips, fails, halfOf, hangsUp, neverAnswers, resets, says } from './bad-ways.ts'
import { forms } from './forms.ts'
import { incomplete } from './responses-form.ts'
import { again, both, type FaultRow, fine, leave, onward, told } from './rows.ts'
import { healthy } from './wall.ts'
import { tool } from './wire-form.ts'

const page = '<!doctype html><html><body>Sign in to the network</body></html>'
const below = { way: neverAnswers }

export const wireRows: readonly FaultRow[] = [
  { name: 'F10 reset before headers', way: resets, ...both(again('upstream_unreachable')) },
  { name: 'F10 closed before headers', way: hangsUp, ...both(again('upstream_unreachable')) },
  {
    name: 'F10 reset once',
    way: (exchange) => (exchange.nth === 1 ? resets(exchange) : healthy(exchange)),
    ...both(fine(2)),
  },
  { name: 'F11 reset in the middle', way: halfOf(resets), whole: onward('upstream_cut') },
  {
    name: 'F12 closed in the middle, no length given',
    way: halfOf(hangsUp, () => ({})),
    whole: onward('upstream_malformed'),
  },
  { name: 'F13 content-length larger than the body', way: halfOf(hangsUp), whole: onward('upstream_cut') },
  {
    name: 'F13 content-length smaller than the body',
    way: ({ form, head, raw, socket }) => {
      const body = JSON.stringify(form.whole())
      head(200, {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body) - 20),
      })
      raw(body)
      socket.end()
    },
    whole: onward('upstream_malformed'),
  },
  {
    name: 'F13 chunked without its last chunk',
    way: ({ form, head, frame, socket }) => {
      head(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
      frame(JSON.stringify(form.whole()))
      socket.end()
    },
    whole: onward('upstream_cut'),
  },
  {
    name: 'F13 chunked with a wrong size',
    way: ({ form, head, raw, socket }) => {
      head(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
      raw(`zz\r\n${JSON.stringify(form.whole())}\r\n0\r\n\r\n`)
      socket.end()
    },
    whole: onward('upstream_cut'),
    stream: onward('upstream_malformed'),
  },
  {
    name: 'F14 self-signed certificate',
    ...below,
    at: ({ selfSigned }) => selfSigned,
    whole: { alone: 'upstream_unreachable', calls: 0, backed: 'other', backedCalls: 0 },
  },
  {
    name: 'F14 plain text on a TLS port',
    ...below,
    at: ({ plainOnTls }) => plainOnTls,
    whole: { alone: 'upstream_unreachable', calls: 0, backed: 'other', backedCalls: 0 },
  },
  {
    name: 'F14 silent handshake',
    ...below,
    at: ({ silentTls }) => silentTls,
    whole: { alone: 'upstream_connect_timeout', calls: 0, backed: 'other', backedCalls: 0 },
  },
  {
    name: 'F15 no such host',
    ...below,
    at: ({ noHost }) => noHost,
    ...both({ alone: 'upstream_unreachable', calls: 0, backed: 'other', backedCalls: 0 }),
  },
  {
    name: 'F15 closed port',
    ...below,
    at: ({ closedPort }) => closedPort,
    ...both({ alone: 'upstream_unreachable', calls: 0, backed: 'other', backedCalls: 0 }),
  },
  {
    name: 'F16 black hole',
    ...below,
    at: ({ blackHole }) => blackHole,
    ...both({ alone: 'upstream_connect_timeout', calls: 0, backed: 'other', backedCalls: 0 }),
  },
  {
    name: 'F17 accepts and never answers',
    way: neverAnswers,
    whole: leave('upstream_response_timeout'),
    stream: leave('upstream_first_token_timeout'),
  },
  {
    name: 'F18 headers, and then nothing',
    way: async ({ head, gone }) => {
      head(200, { 'content-type': 'application/json', 'content-length': '500' })
      await gone()
    },
    whole: leave('upstream_response_timeout'),
  },
  {
    name: 'F20 a byte now and then',
    way: drips(40),
    whole: leave('upstream_response_timeout'),
    stream: leave('upstream_first_token_timeout'),
  },
  {
    name: 'F24 half a JSON value, properly framed',
    way: says(200, '{"id":"x","choices":[{"message":{"content":"half'),
    whole: onward('upstream_malformed'),
  },
  { name: 'F26 200 and an empty body', way: says(200, ''), whole: onward('upstream_empty') },
  { name: 'F26 200 and white space', way: says(200, ' \r\n '), whole: onward('upstream_empty') },
  { name: 'F26 an empty object', way: says(200, '{}'), whole: onward('upstream_malformed') },
  { name: 'F26 null', way: says(200, 'null'), whole: onward('upstream_malformed') },
  {
    name: 'F26 no choices',
    way: says(200, '{"id":"x","choices":[],"usage":{}}'),
    dialect: 'openai',
    whole: onward('upstream_empty'),
  },
  {
    name: 'F26 no content blocks',
    way: says(200, JSON.stringify({ ...forms.anthropic.whole(), content: [] })),
    dialect: 'anthropic',
    whole: onward('upstream_empty'),
  },
  {
    name: 'F26 no candidates',
    way: says(200, '{"candidates":[],"usageMetadata":{"promptTokenCount":1}}'),
    dialect: 'gemini',
    whole: onward('upstream_empty'),
  },
  {
    name: 'F26 empty content',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.whole(''))),
    whole: onward('upstream_empty'),
  },
  {
    name: 'F26 nothing said before the output limit',
    way: ({ whole, form }) =>
      whole(
        200,
        JSON.stringify(form.whole(''))
          .replace('"stop"', '"length"')
          .replace('"end_turn"', '"max_tokens"')
          .replace('"STOP"', '"MAX_TOKENS"')
          .replace(...incomplete('max_output_tokens')),
      ),
    whole: onward('upstream_empty'),
  },
  {
    name: 'F27 a web page',
    way: says(200, page, { 'content-type': 'text/html' }),
    ...both(onward('upstream_malformed')),
  },
  {
    name: 'F27 a web page that says it is JSON',
    way: says(200, page),
    ...both(onward('upstream_malformed')),
  },
  {
    name: 'F27 JSON where a stream was asked for',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.whole())),
    stream: onward('upstream_malformed'),
  },
  {
    name: 'F27 a stream where JSON was asked for',
    way: ({ whole, form }) =>
      whole(200, form.stream().head.join(''), { 'content-type': 'text/event-stream' }),
    dialect: 'openai',
    whole: onward('upstream_malformed'),
  },
  {
    name: 'F28 200 with an error in it',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.error(503, 'Network connection lost'))),
    dialect: 'gemini',
    ...both(again('upstream_overloaded')),
  },
  {
    name: 'F28 200 with an error in it',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.error(500, 'Network connection lost'))),
    dialect: 'openai',
    ...both(again('upstream_error')),
  },
  {
    name: 'F28 200 with an error in it',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.error(529, 'Overloaded'))),
    dialect: 'anthropic',
    ...both(again('upstream_overloaded')),
  },
  {
    name: 'F28 200 with an error in words',
    way: says(200, '{"error":"upstream gone"}'),
    whole: onward('upstream_malformed'),
    dialect: 'anthropic',
  },
  {
    name: 'F29 bytes that are not gzip',
    way: compressed(Buffer.from('not gzip'), 'gzip'),
    ...both(onward('upstream_malformed')),
  },
  { name: 'F29 gzip bomb', way: compressed(bomb, 'gzip'), ...both(onward('upstream_malformed')) },
  {
    name: 'F29 unknown encoding',
    way: compressed(deflateRawSync('{}'), 'zap'),
    ...both(onward('upstream_malformed')),
  },
  {
    name: 'F32 a byte order mark',
    way: ({ whole, form }) => whole(200, `\ufeff${JSON.stringify(form.whole())}`),
    whole: fine(),
  },
  {
    name: 'F32 not UTF-8',
    way: ({ whole, form }) =>
      whole(200, Buffer.from(JSON.stringify(form.whole()).replace('naïve', 'na\u00efve'), 'latin1')),
    whole: onward('upstream_malformed'),
  },
  {
    name: 'F33 tool call',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.toolWhole())),
    whole: { ...fine(), tool: true },
  },
  {
    name: 'F33 tool call without a name',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.toolWhole()).replace(`"${tool.name}"`, '""')),
    whole: onward('upstream_malformed'),
  },
  {
    name: 'F33 tool arguments cut off',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.toolWhole()).replace('\\"days\\":3', '\\"days')),
    dialect: 'openai',
    whole: onward('upstream_malformed'),
  },
  {
    name: 'F34 103 before the answer',
    way: (exchange) => {
      exchange.raw('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')
      return healthy(exchange)
    },
    ...both(fine()),
  },
  {
    name: 'F34 100 before the answer',
    way: (exchange) => {
      exchange.raw('HTTP/1.1 100 Continue\r\n\r\n')
      return healthy(exchange)
    },
    ...both(again('upstream_unreachable')),
  },
  {
    name: 'F34 101, another protocol',
    way: ({ raw, socket }) => {
      raw('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
      socket.end()
    },
    ...both(again('upstream_unreachable')),
  },
  {
    name: 'answer nested 200,000 deep',
    way: says(200, `{"choices":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
    whole: onward('upstream_malformed'),
  },
  {
    name: 'tool input nested 200,000 deep',
    way: ({ whole, form }) =>
      whole(
        200,
        JSON.stringify(form.toolWhole()).replace(
          /"(input|args)":\{/,
          `"$1":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)},`,
        ),
      ),
    dialect: 'anthropic',
    whole: onward('upstream_malformed'),
  },
  {
    name: 'tool input nested 200,000 deep',
    way: ({ whole, form }) =>
      whole(
        200,
        JSON.stringify(form.toolWhole()).replace(
          /"(input|args)":\{/,
          `"$1":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)},`,
        ),
      ),
    dialect: 'gemini',
    whole: onward('upstream_malformed'),
  },
  {
    name: 'refusal that comes as a success',
    way: ({ whole, form }) =>
      whole(
        200,
        JSON.stringify(form.whole(''))
          .replace('"stop"', '"content_filter"')
          .replace('"end_turn"', '"refusal"')
          .replace('"STOP"', '"SAFETY"')
          .replace(...incomplete('content_filter')),
      ),
    whole: told('content_policy'),
  },
  { name: 'status 599', way: fails({ status: 599 }), ...both(again('upstream_error')) },
  {
    name: 'two answers on one connection',
    way: ({ form, head, raw, socket }) => {
      const body = JSON.stringify(form.whole())
      head(200, {
        connection: 'keep-alive',
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      })
      raw(`${body}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}`)
      setTimeout(() => socket.end(), 50)
    },
    whole: fine(),
  },
]
