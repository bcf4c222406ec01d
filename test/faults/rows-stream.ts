/** Faults of streams: cut, stalled, silent, damaged, endless, oddly written, or in the middle of a tool call. */

import {
  allOf,
  breaksAfter,
  dripsOn,
  endless,
  flood,
  hangsUp,
  neverAnswers,
  pings,
  resets,
  sliced,
  streams,
  unframed,
} from './bad-ways.ts'
import { again, type FaultRow, fine, leave, onward, recovered, told } from './rows.ts'
import { openaiChunk, text, tool } from './wire-form.ts'

const json = JSON.stringify(tool.arguments)
const call = (fn: object, rest: object = {}) => openaiChunk({ tool_calls: [{ ...rest, function: fn }] })
const openaiTool = (events: readonly string[], finish = 'tool_calls') =>
  streams(({ tail }) => [...events, ...tail.map((event) => event.replace('"stop"', `"${finish}"`))])
const id = { id: 'call_1', type: 'function' }
const toolFine = { ...fine(), tool: true }
const afterWords = (words: number, event: (form: Parameters<typeof allOf>[0]) => string) =>
  streams((form) => [
    ...form.head,
    ...form.words.slice(0, words),
    event(form),
    ...form.words.slice(words),
    ...form.tail,
  ])

export const streamRows: readonly FaultRow[] = [
  {
    name: 'F11 reset after 40 words',
    way: breaksAfter({ words: 40, by: resets }),
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F11 reset in the middle of an event',
    way: breaksAfter({ words: 40, by: resets, half: true }),
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F11 reset after the preamble',
    way: breaksAfter({ words: 0, by: resets }),
    stream: onward('upstream_cut'),
  },
  {
    name: 'F11 reset in the finish event',
    way: breaksAfter({ words: 60, by: resets, half: true }),
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F12 closed in the middle of an event, no framing',
    way: unframed((form) => allOf(form).slice(0, allOf(form).length >> 1)),
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F12 closed between two events, no framing',
    way: unframed(({ head, words }) => [...head, ...words.slice(0, 40)].join('')),
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F13 chunked, properly ended after 40 words',
    way: streams(({ head, words }) => [...head, ...words.slice(0, 40)]),
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F13 chunked, closed after 40 words',
    way: breaksAfter({ words: 40, by: hangsUp }),
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F13 all words and no finish',
    way: streams(({ head, words }) => [...head, ...words]),
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F13 chunked garbage after 40 words',
    way: breaksAfter({
      words: 40,
      by: ({ raw, socket }) => {
        raw('zz\r\nnonsense\r\n')
        socket.end()
      },
    }),
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F13 content-length smaller than the stream',
    way: ({ form, head, raw, socket }) => {
      const { head: start, words, tail } = form.stream()
      head(200, {
        'content-type': 'text/event-stream',
        'content-length': String(Buffer.byteLength([...start, ...words.slice(0, 40)].join('')) - 5),
      })
      raw([...start, ...words, ...tail].join(''))
      socket.end()
    },
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F18 headers, and no token',
    way: async ({ openStream, gone }) => {
      openStream()
      await gone()
    },
    stream: leave('upstream_first_token_timeout'),
  },
  {
    name: 'F18 a preamble, and no token',
    way: breaksAfter({ words: 0, by: neverAnswers }),
    stream: leave('upstream_first_token_timeout'),
  },
  {
    name: 'F19 silence after 20 words',
    way: breaksAfter({ words: 20, by: neverAnswers }),
    stream: recovered('upstream_idle_timeout', 1),
  },
  {
    name: 'F19 silence in the middle of an event',
    way: breaksAfter({ words: 20, by: neverAnswers, half: true }),
    stream: recovered('upstream_idle_timeout', 1),
  },
  {
    name: 'F20 a byte now and then after 20 words',
    way: breaksAfter({
      words: 20,
      by: dripsOn(30),
    }),
    stream: recovered('upstream_idle_timeout', 1),
  },
  {
    name: 'F21 pings for ever',
    way: async (exchange) => {
      exchange.openStream()
      await pings(exchange)
    },
    stream: leave('upstream_first_token_timeout'),
  },
  {
    name: 'F21 pings for ever after 20 words',
    way: breaksAfter({ words: 20, by: pings }),
    stream: recovered('upstream_idle_timeout', 1),
  },
  {
    name: 'F22 words without end',
    way: endless,
    stream: { alone: 'deadline_exceeded', calls: 1, backed: 'deadline_exceeded', backedCalls: 1 },
  },
  {
    name: 'F23 preamble, then an error event',
    way: streams(({ head }, { form }) => [...head, form.errorEvent(503, 'Overloaded')]),
    stream: again('upstream_overloaded'),
    dialect: 'gemini',
  },
  {
    name: 'F23 preamble, then an error event',
    way: streams(({ head }, { form }) => [...head, form.errorEvent(529, 'Overloaded')]),
    stream: again('upstream_overloaded'),
    dialect: 'anthropic',
  },
  {
    name: 'F23 preamble, then an error event',
    way: streams(({ head }, { form }) => [...head, form.errorEvent(500, 'Oh')]),
    stream: again('upstream_error'),
    dialect: 'openai',
  },
  {
    name: 'F23 an error event after 40 words',
    way: streams(({ head, words }, { form }) => [...head, ...words.slice(0, 40), form.errorEvent(500, 'Oh')]),
    stream: { ...recovered('upstream_error'), backedCalls: 2 },
  },
  {
    name: 'F24 broken JSON as the tenth event',
    way: afterWords(9, () => 'data: {"choices":[{"delta"\n\n'),
    stream: recovered('upstream_malformed'),
  },
  {
    name: 'F24 broken JSON as the first event',
    way: streams(() => ['data: {"choices":[{"delta"\n\n']),
    stream: onward('upstream_malformed'),
  },
  {
    name: 'F24 a web page in the middle',
    way: afterWords(9, () => 'data: <html>Bad gateway</html>\n\n'),
    stream: recovered('upstream_malformed'),
  },
  {
    name: 'F24 an array as an event',
    way: afterWords(9, () => 'data: [1]\n\n'),
    stream: recovered('upstream_malformed'),
  },
  {
    name: 'F25 a finish and no terminator',
    way: streams(({ head, words, tail }) => [...head, ...words, ...tail.slice(0, -1)]),
    dialect: 'openai',
    stream: fine(),
  },
  {
    name: 'F25 a stop reason and no message_stop',
    way: streams(({ head, words, tail }) => [...head, ...words, ...tail.slice(0, -1)]),
    dialect: 'anthropic',
    stream: fine(),
  },
  {
    name: 'F25 a terminator without a line end',
    way: streams((form) => [allOf(form).trimEnd()]),
    dialect: 'openai',
    stream: fine(),
  },
  {
    name: 'F25 a terminator without a line end',
    way: streams((form) => [allOf(form).trimEnd()]),
    dialect: 'anthropic',
    stream: fine(),
  },
  {
    name: 'F25 the answer itself says [DONE] and message_stop',
    way: streams(({ head, words, tail }) => [
      [...head, ...words, ...tail.slice(0, -1)].join('').replace('word59', '[DONE] message_stop'),
    ]),
    dialect: 'openai',
    stream: { ...fine(), said: text.replace('word59', '[DONE] message_stop') },
  },
  {
    name: 'F25 words after the finish',
    way: streams(({ head, words, tail }) => [
      ...head,
      ...words.slice(0, 40),
      tail[0] ?? '',
      ...words.slice(40),
    ]),
    dialect: 'openai',
    stream: told('upstream_malformed'),
  },
  {
    name: 'F25 a finish, no terminator, no last blank line',
    way: streams(({ head, words, tail }) => [
      [...head, ...words, ...tail.slice(0, -1)].join('').replace(/\r?\n$/, ''),
    ]),
    dialect: 'openai',
    stream: fine(),
  },
  {
    name: 'F25 the terminator, and the socket held open',
    way: streams((form) => [allOf(form)], neverAnswers),
    stream: fine(),
  },
  {
    name: 'F25 a finish, and the socket held open',
    way: streams(({ head, words, tail }) => [...head, ...words, ...tail.slice(0, -1)], neverAnswers),
    dialect: 'openai',
    stream: fine(),
  },
  {
    name: 'F25 a finish, then reset',
    way: streams(
      ({ head, words, tail }) => [...head, ...words, ...tail.slice(0, -1)],
      // A reset takes along what was not read yet.
      async (exchange) => {
        await exchange.sleep(200)
        await resets(exchange)
      },
    ),
    stream: fine(),
    dialect: 'openai',
  },
  {
    name: 'F25 a finish, then an error event',
    way: streams(({ head, words, tail }, { form }) => [
      ...head,
      ...words,
      ...tail.slice(0, -1),
      form.errorEvent(500, 'Oh'),
    ]),
    stream: fine(),
    dialect: 'openai',
  },
  {
    name: 'F25 a finish, then an error event',
    way: streams(({ head, words, tail }, { form }) => [
      ...head,
      ...words,
      ...tail.slice(0, -1),
      form.errorEvent(500, 'Oh'),
    ]),
    stream: fine(),
    dialect: 'anthropic',
  },
  { name: 'F26 no event at all', way: streams(() => []), stream: onward('upstream_empty') },
  { name: 'F26 only comments', way: streams(() => [': a\n\n', ': b\n\n']), stream: onward('upstream_empty') },
  { name: 'F26 only the preamble', way: streams(({ head }) => head), stream: onward('upstream_cut') },
  {
    name: 'F26 preamble and end, nothing said',
    way: streams((_, { form }) => {
      const { head, tail } = form.stream([])
      return [...head, ...tail]
    }),
    stream: onward('upstream_empty'),
  },
  {
    name: 'F26 only the terminator',
    way: streams(() => ['data: [DONE]\n\n']),
    dialect: 'openai',
    stream: onward('upstream_empty'),
  },
  {
    name: 'F27 a stream without a content type',
    way: ({ form, head, raw, socket }) => {
      head(200)
      raw(allOf(form.stream()))
      socket.end()
    },
    stream: fine(),
  },
  {
    name: 'F32 carriage returns and line feeds',
    way: sliced(256, (text) => text.replace(/\r?\n/g, '\r\n')),
    stream: fine(),
  },
  {
    name: 'F32 carriage returns alone',
    way: sliced(256, (text) => text.replace(/\r?\n/g, '\r')),
    stream: fine(),
  },
  { name: 'F32 a byte order mark', way: sliced(256, (text) => `\ufeff${text}`), stream: fine() },
  {
    name: 'F32 several data lines',
    way: sliced(256, (text) => text.replaceAll('data: {', 'data: {\ndata: ')),
    stream: fine(),
  },
  {
    name: 'F32 comments between',
    way: sliced(256, (text) => text.replace(/\r?\n\r?\n/g, '\n\n: still here\n\n')),
    stream: fine(),
  },
  {
    name: 'F32 no space after the colon',
    way: sliced(256, (text) => text.replaceAll('data: ', 'data:')),
    stream: fine(),
  },
  {
    name: 'F32 not UTF-8',
    way: streams(({ head, words, tail }) => [
      ...head,
      ...words.slice(0, 20),
      ...words.slice(20, 40).map((event) => Buffer.from(event.replace('naïve', 'na\u00efve'), 'latin1')),
      ...words.slice(40),
      ...tail,
    ]),
    stream: recovered('upstream_malformed'),
  },
  {
    name: 'F33 tool call',
    way: streams((_, { form }) => {
      const { head, words, tail } = form.toolStream()
      return [...head, ...words, ...tail]
    }),
    stream: toolFine,
  },
  {
    name: 'F33 tool call cut in its arguments',
    way: streams((_, { form }) => {
      const { head, words } = form.toolStream()
      return [...head, ...words.slice(0, -1)]
    }),
    dialect: 'openai',
    stream: { alone: 'upstream_cut', calls: 1, backed: 'upstream_cut', backedCalls: 1, tool: true },
  },
  {
    name: 'F33 tool call cut in its arguments',
    way: streams((_, { form }) => {
      const { head, words } = form.toolStream()
      return [...head, ...words.slice(0, -1)]
    }),
    dialect: 'anthropic',
    stream: { alone: 'upstream_cut', calls: 1, backed: 'upstream_cut', backedCalls: 1, tool: true },
  },
  {
    name: 'F33 name in pieces',
    way: openaiTool([
      call({ name: tool.name.slice(0, 4) }, { index: 0, ...id }),
      call({ name: tool.name.slice(4) }, { index: 0 }),
      call({ arguments: json }, { index: 0 }),
    ]),
    dialect: 'openai',
    stream: toolFine,
  },
  {
    name: 'F33 a wrong index',
    way: openaiTool([
      call({ name: tool.name, arguments: '' }, { index: 5, ...id }),
      call({ arguments: json.slice(0, 20) }, { index: 5 }),
      call({ arguments: json.slice(20) }, { index: 5 }),
    ]),
    dialect: 'openai',
    stream: toolFine,
  },
  {
    name: 'F33 no index',
    way: openaiTool([
      call({ name: tool.name, arguments: '' }, id),
      call({ arguments: json.slice(0, 20) }),
      call({ arguments: json.slice(20) }),
    ]),
    dialect: 'openai',
    stream: toolFine,
  },
  {
    name: 'F33 arguments as an object',
    way: openaiTool([call({ name: tool.name, arguments: tool.arguments }, { index: 0, ...id })]),
    dialect: 'openai',
    stream: toolFine,
  },
  {
    name: 'F33 name repeated with each piece',
    way: openaiTool([
      call({ name: tool.name, arguments: json.slice(0, 20) }, { index: 0, ...id }),
      call({ name: tool.name, arguments: json.slice(20) }, { index: 0, ...id }),
    ]),
    dialect: 'openai',
    stream: toolFine,
  },
  {
    name: 'F33 finish says stop',
    way: openaiTool([call({ name: tool.name, arguments: json }, { index: 0, ...id })], 'stop'),
    dialect: 'openai',
    stream: toolFine,
  },
  {
    name: 'F33 finish before the arguments end',
    way: openaiTool([call({ name: tool.name, arguments: json.slice(0, 20) }, { index: 0, ...id })]),
    dialect: 'openai',
    stream: {
      alone: 'upstream_malformed',
      calls: 1,
      backed: 'upstream_malformed',
      backedCalls: 1,
      tool: true,
    },
  },
  {
    name: 'F33 arguments without a name',
    way: openaiTool([call({ arguments: json }, { index: 0, ...id })]),
    dialect: 'openai',
    stream: onward('upstream_malformed'),
  },
]

/** Rows that keep a core busy: run one at a time. */
export const heavyRows: readonly FaultRow[] = [
  { name: 'F32 one byte at a time', way: sliced(1), stream: fine() },
  { name: 'F32 seven bytes at a time', way: sliced(7), stream: fine() },
  {
    name: 'F22 comments without end, as fast as they are read',
    way: async (exchange) => {
      exchange.openStream()
      await flood(500_000_000, `: ${'x'.repeat(2_000)}\n\n`)(exchange)
    },
    stream: onward('upstream_malformed'),
  },
  {
    name: 'F22 one event without end',
    way: async (exchange) => {
      exchange.openStream()
      exchange.frame('data: {"a":"')
      await flood(500_000_000, 'x'.repeat(1_024))(exchange)
    },
    stream: onward('upstream_malformed'),
  },
  {
    name: 'F22 data lines without a blank line, without end',
    way: async (exchange) => {
      exchange.openStream()
      await flood(500_000_000, `data: ${'x'.repeat(1_000)}\n`)(exchange)
    },
    stream: onward('upstream_malformed'),
  },
  {
    name: 'F22 an event without end after 20 words',
    way: breaksAfter({
      words: 20,
      by: async (exchange) => {
        exchange.frame('data: {"a":"')
        await flood(500_000_000, 'x'.repeat(1_024))(exchange)
      },
    }),
    stream: recovered('upstream_malformed'),
  },
  {
    name: 'F30 an error body of 114 MB',
    way: async (exchange) => {
      exchange.head(500, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
      exchange.frame('{"error":{"message":"')
      await flood(114 * 1_048_576, 'x'.repeat(1_024))(exchange)
    },
    whole: again('upstream_error'),
    stream: again('upstream_error'),
  },
]
