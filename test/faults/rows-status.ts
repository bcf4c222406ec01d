/** Faults that a provider states: by status, envelope, header or redirect. */

import { canary, fails, first, says } from './bad-ways.ts'
import { again, both, type FaultRow, fine, leave, onward, told } from './rows.ts'

const json = (body: unknown) => JSON.stringify(body)
const limited = (headers: Record<string, string>) => fails({ status: 429, headers })
const hostile: readonly [name: string, headers: Record<string, string>][] = [
  ['-1', { 'retry-after': '-1' }],
  ['1e9', { 'retry-after': '1e9' }],
  ['a thousand million seconds', { 'retry-after': '1000000000' }],
  ['NaN', { 'retry-after': 'NaN' }],
  ['a date gone by', { 'retry-after': 'Tue, 01 Jan 1980 00:00:00 GMT', date: new Date().toUTCString() }],
  ['a date in 2099', { 'retry-after': 'Thu, 31 Dec 2099 23:59:59 GMT', date: new Date().toUTCString() }],
  ['words', { 'retry-after': 'soon' }],
  ['said twice, the first of them hostile', { 'retry-after': '-5\r\nretry-after: 99999999' }],
]

export const statusRows: readonly FaultRow[] = [
  { name: 'F02 429 for ever, no header', way: limited({}), ...both(leave('upstream_rate_limited')) },
  {
    name: 'F03 spend limit reached (OpenAI)',
    way: fails({ status: 429, code: 'enforced_spend_limit_reached' }),
    dialect: 'openai',
    ...both(leave('upstream_quota')),
  },
  {
    name: 'F03 no credit (Anthropic)',
    way: fails({ status: 400, message: 'Your credit balance is too low to access the API.' }),
    dialect: 'anthropic',
    ...both(leave('upstream_quota')),
  },
  {
    name: 'F03 a day’s quota (Gemini)',
    way: says(
      429,
      json({
        error: {
          code: 429,
          status: 'RESOURCE_EXHAUSTED',
          message: 'Quota exceeded',
          details: [{ violations: [{ quotaId: 'GenerateRequestsPerDayPerProject' }] }, { retryDelay: '1s' }],
        },
      }),
    ),
    dialect: 'gemini',
    ...both(leave('upstream_quota')),
  },
  ...hostile.map(
    ([name, headers]): FaultRow => ({
      name: `F04 Retry-After: ${name}`,
      way: limited(headers),
      ...both(leave('upstream_rate_limited')),
    }),
  ),
  { name: 'F05 500 once', way: first(1, fails({ status: 500 })), ...both(fine(2)) },
  { name: 'F06 503 for ever', way: fails({ status: 503 }), ...both(again('upstream_overloaded')) },
  { name: 'F06 529 for ever', way: fails({ status: 529 }), ...both(again('upstream_overloaded')) },
  { name: 'F06 500 for ever', way: fails({ status: 500 }), ...both(again('upstream_error')) },
  {
    name: 'F06 504 from a gateway before it',
    way: says(504, '<html>504</html>'),
    ...both(leave('upstream_response_timeout')),
  },
  {
    name: 'F07 401',
    way: fails({ status: 401, message: `Wrong key ${canary}` }),
    ...both(leave('upstream_auth')),
  },
  { name: 'F07 403', way: fails({ status: 403 }), ...both(leave('upstream_auth')) },
  { name: 'F07 402', way: fails({ status: 402 }), ...both(leave('upstream_quota')) },
  {
    name: 'F08 context length (OpenAI)',
    way: fails({ status: 400, code: 'context_length_exceeded' }),
    dialect: 'openai',
    ...both(leave('context_length_exceeded')),
  },
  {
    name: 'F08 context length (Anthropic)',
    way: fails({ status: 400, message: 'prompt is too long: 9 tokens > 8 maximum' }),
    dialect: 'anthropic',
    ...both(leave('context_length_exceeded')),
  },
  {
    name: 'F08 context length (Gemini)',
    way: fails({
      status: 400,
      message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).',
    }),
    dialect: 'gemini',
    ...both(leave('context_length_exceeded')),
  },
  {
    name: 'F09 content policy (OpenAI)',
    way: fails({ status: 400, code: 'content_policy_violation', message: 'It was refused.' }),
    dialect: 'openai',
    ...both(told('content_policy')),
  },
  {
    name: 'F09 content policy (Anthropic)',
    way: fails({ status: 400, message: 'Output blocked by content filtering policy' }),
    dialect: 'anthropic',
    ...both(told('content_policy')),
  },
  {
    name: 'F09 blocked prompt (Gemini)',
    way: says(
      200,
      json({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 1 } }),
    ),
    dialect: 'gemini',
    whole: told('content_policy'),
  },
  {
    name: 'invalid request',
    way: fails({ status: 400, message: 'messages: wrong' }),
    ...both(told('invalid_request')),
  },
  {
    name: 'unknown model',
    way: fails({ status: 404, code: 'model_not_found' }),
    ...both(leave('model_not_found')),
  },
  {
    name: 'F30 an error body of 1 MB',
    way: says(500, `{"error":{"message":"${'x'.repeat(1_048_576)}"}}`),
    ...both(again('upstream_error')),
  },
  {
    name: 'F30 an error whose body never ends',
    way: async ({ head, raw, gone }) => {
      head(500, { 'content-type': 'application/json', 'content-length': '1000' })
      raw('{"error":{"message":"half')
      await gone()
    },
    ...both(again('upstream_error')),
  },
  {
    name: 'F31 header bomb of 40 kB',
    way: ({ head, socket }) => {
      head(200, { 'content-type': 'application/json', 'x-bomb': 'x'.repeat(40_000) })
      socket.end()
    },
    ...both(onward('upstream_malformed')),
  },
  {
    name: 'F31 3,000 headers',
    way: ({ raw, socket }) => {
      raw(`HTTP/1.1 200 OK\r\n${Array.from({ length: 3_000 }, (_, at) => `x-${at}: 1\r\n`).join('')}\r\n{}`)
      socket.end()
    },
    ...both(onward('upstream_malformed')),
  },
  {
    name: 'F31 a bare line feed in a header',
    way: ({ raw, socket }) => {
      raw('HTTP/1.1 200 OK\r\nx-a: b\nx-c d\r\n\r\n{}')
      socket.end()
    },
    ...both(onward('upstream_malformed')),
  },
  {
    name: 'F31 not HTTP at all',
    way: ({ raw, socket }) => {
      raw('SSH-2.0-OpenSSH_9.6\r\n')
      socket.end()
    },
    ...both(onward('upstream_malformed')),
  },
  {
    name: 'F34 204',
    way: ({ head, socket }) => {
      head(204)
      socket.end()
    },
    ...both(onward('upstream_empty')),
  },
  ...[301, 302, 303, 307, 308].map(
    (status): FaultRow => ({
      name: `F34 ${status} to another host`,
      way: ({ whole, socket }) =>
        whole(status, '', { location: `http://127.0.0.1:${socket.localPort}/leak/x/v1/chat/completions` }),
      ...both(leave('upstream_redirect')),
    }),
  ),
]
