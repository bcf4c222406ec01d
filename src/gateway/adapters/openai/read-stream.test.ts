import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamPart } from '../../../protocol/reply.ts'
import { openStream } from './read-stream.ts'

type Delta = Record<string, unknown>
const chunk = (delta: Delta, finish: string | null = null, rest: Delta = {}) =>
  JSON.stringify({ id: 'c1', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }], ...rest })
const call = (index: number | undefined, id: string | undefined, name?: string, json?: string) =>
  chunk({ tool_calls: [{ index, id, function: { name, arguments: json } }] })

/** A word for each part after the start; a broken one tells its code. */
function told(parts: readonly StreamPart[]): string {
  const words = parts.map((part) => {
    if (part.kind === 'broken') return part.fault.code
    if (part.kind === 'tool_call') return `call ${part.call} ${part.id} ${part.name}`
    if (part.kind === 'tool_arguments') return `args ${part.call} ${part.json}`
    if (part.kind === 'finish') return `finish ${part.reason}`
    return part.kind === 'text' ? part.text : part.kind
  })
  return words.filter((word) => word !== 'start').join('|')
}

const rows: readonly [name: string, events: readonly string[], expected: string][] = [
  ['no event at all', [], 'upstream_empty'],
  ['only the terminator', ['[DONE]'], 'upstream_empty'],
  [
    'text, finish and terminator',
    [chunk({ content: 'a' }), chunk({}, 'stop'), '[DONE]'],
    'a|finish stop|end',
  ],
  ['no terminator after the finish', [chunk({ content: 'a' }, 'stop')], 'a|finish stop|end'],
  ['no finish and no terminator', [chunk({ content: 'a' })], 'a|upstream_cut'],
  ['no finish before the terminator', [chunk({ content: 'a' }), '[DONE]'], 'a|finish other|end'],
  ['a piece that is not JSON', [chunk({ content: 'a' }), '{"choi'], 'a|upstream_malformed'],
  ['silence after it is broken', ['{', chunk({ content: 'a' })], 'upstream_malformed'],
  ['text after the finish', [chunk({}, 'stop'), chunk({ content: 'a' })], 'finish stop|upstream_malformed'],
  ['the finish said twice', [chunk({}, 'stop'), chunk({}, 'stop'), '[DONE]'], 'finish stop|end'],
  ['an error in band', [JSON.stringify({ error: { type: 'server_error', message: 'x' } })], 'upstream_error'],
  ['an error of limits', [JSON.stringify({ error: { code: 429, message: 'x' } })], 'upstream_rate_limited'],
  [
    'usage of groq',
    [chunk({}, 'stop', { x_groq: { usage: { prompt_tokens: 1 } } })],
    'finish stop|usage|end',
  ],
  [
    'arguments in pieces',
    [
      call(0, 'x', 'f', ''),
      call(0, undefined, undefined, '{"a"'),
      call(0, undefined, '', ':1}'),
      chunk({}, 'tool_calls'),
    ],
    'call 0 x f|args 0 {"a"|args 0 :1}|finish tool_calls|end',
  ],
  [
    'a new id with a name at the same index',
    [call(0, 'x', 'f', '{}'), call(0, 'y', 'g', '{}'), chunk({}, 'tool_calls')],
    'call 0 x f|args 0 {}|call 1 y g|args 1 {}|finish tool_calls|end',
  ],
  [
    'no index: the last call goes on',
    [call(undefined, 'x', 'f', '{'), call(undefined, undefined, undefined, '}'), chunk({}, 'stop')],
    'call 0 x f|args 0 {|args 0 }|finish tool_calls|end',
  ],
  [
    'a name in pieces',
    [call(0, 'x', 'get_'), call(0, 'x', 'it', '{}'), chunk({}, 'stop')],
    'call 0 x get_it|args 0 {}|finish tool_calls|end',
  ],
  [
    'a name that changes',
    [call(0, 'x', 'f', '{'), call(0, 'x', 'g', '}')],
    'call 0 x f|args 0 {|upstream_malformed',
  ],
  [
    'no id',
    [call(0, undefined, 'f', '{}'), chunk({}, 'stop')],
    'call 0 call_0 f|args 0 {}|finish tool_calls|end',
  ],
  ['no arguments', [call(0, 'x', 'f'), chunk({}, 'tool_calls')], 'call 0 x f|finish tool_calls|end'],
  [
    'arguments broken at the finish',
    [call(0, 'x', 'f', '{'), chunk({}, 'tool_calls')],
    'call 0 x f|args 0 {|upstream_malformed',
  ],
  [
    'arguments cut by length',
    [call(0, 'x', 'f', '{'), chunk({}, 'length')],
    'call 0 x f|args 0 {|finish length|end',
  ],
  ['an open call at the terminator', [call(0, 'x', 'f', '{'), '[DONE]'], 'call 0 x f|args 0 {|upstream_cut'],
]

for (const [name, events, expected] of rows) {
  test(`openai stream: ${name}`, () => {
    const reader = openStream()
    const parts = events.flatMap((data) => [...reader.push({ data, raw: '' })])
    assert.equal(told([...parts, ...reader.end()]), expected)
  })
}

const oddRows: readonly [name: string, events: readonly string[], isOdd: boolean][] = [
  ['text and its finish', [chunk({ content: 'a' }), chunk({}, 'stop')], false],
  ['a call with its index', [call(0, 'x', 'f', '{}')], false],
  ['a call without one', [call(undefined, 'x', 'f', '{}')], true],
  ['what is no JSON behind the finish', [chunk({ content: 'a' }, 'stop'), '{"choi'], true],
  ['what is no JSON before it', [chunk({ content: 'a' }), '{"choi'], false],
]
for (const [name, events, isOdd] of oddRows)
  test(`openai stream: ${isOdd ? 'odd' : 'not odd'}: ${name}`, () => {
    const reader = openStream()
    for (const data of events) reader.push({ data, raw: data })
    assert.equal(reader.isOdd?.(), isOdd)
  })

test('openai stream: choices are told apart by their index, whatever their order', () => {
  const reader = openStream({ choices: 2 })
  const say = (index: number, delta: Delta, finish: string | null = null) =>
    reader.push({ data: JSON.stringify({ choices: [{ index, delta, finish_reason: finish }] }), raw: '' })
  say(1, { content: 'b' }, 'stop')
  assert.equal(told(say(0, { content: 'a' })), 'a')
  assert.equal(told(say(1, { content: 'c' })), 'upstream_malformed')
  assert.equal(told(reader.end()), '')
})
