import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamPart } from '../../../protocol/reply.ts'
import { openStream } from './read-stream.ts'

type Event = readonly [type: string, body: object]

const created: Event = ['response.created', { response: { id: 'r', model: 'm' } }]
const says = (delta: string): Event => ['response.output_text.delta', { output_index: 0, delta }]
const refuses = (delta: string): Event => ['response.refusal.delta', { output_index: 0, delta }]
const message = (text: string, type = 'output_text') => ({
  type: 'message',
  content: [type === 'refusal' ? { type, refusal: text } : { type, text }],
})
const calls = (json: string, id = 'c1') => ({
  type: 'function_call',
  call_id: id,
  name: 'f',
  arguments: json,
})
const ends = (output?: unknown, more: object = {}): Event => [
  'response.completed',
  { response: { status: 'completed', ...(output === undefined ? {} : { output }), ...more } },
]
const begins: Event = ['response.output_item.added', { output_index: 0, item: calls('') }]
const argues = (delta: string): Event => [
  'response.function_call_arguments.delta',
  { output_index: 0, delta },
]

function shown(part: StreamPart): string {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return `${part.kind} ${part.text}`
    case 'tool_call':
      return `call ${part.id}`
    case 'tool_arguments':
      return `json ${part.json}`
    case 'finish':
      return `finish ${part.reason}`
    case 'broken':
      return `${part.isDamaged ? 'damaged' : 'broken'} ${part.fault.code}`
    default:
      return part.kind
  }
}

const rows: readonly [name: string, events: readonly Event[], parts: readonly string[]][] = [
  [
    'the whole says the same',
    [says('a '), says('b'), ends([message('a b')])],
    ['text a ', 'text b', 'finish stop', 'end'],
  ],
  ['the whole is trimmed', [says(' a '), ends([message('a')])], ['text  a ', 'finish stop', 'end']],
  ['the last event holds nothing', [says('a'), ends([])], ['text a', 'finish stop', 'end']],
  ['the last event has no output', [says('a'), ends()], ['text a', 'finish stop', 'end']],
  [
    'an end was lost, and is made good',
    [says('a '), ends([message('a b')])],
    ['text a ', 'text b', 'finish stop', 'end'],
  ],
  [
    'a piece in the middle was lost',
    [says('a '), says('c'), ends([message('a b c')])],
    ['text a ', 'text c', 'damaged upstream_malformed'],
  ],
  [
    'a piece came twice',
    [says('a '), says('a '), ends([message('a ')])],
    ['text a ', 'text a ', 'damaged upstream_malformed'],
  ],
  [
    'a refusal is held against its own whole',
    [refuses('I can'), ends([message('I cannot', 'refusal')])],
    ['refusal I can', 'refusal not', 'finish stop', 'end'],
  ],
  [
    'several messages are one text',
    [says('a'), says('b'), ends([message('a'), message('b')])],
    ['text a', 'text b', 'finish stop', 'end'],
  ],
  [
    'arguments are the same in other spaces',
    [begins, argues('{"a": 1}'), ends([calls('{"a":1}')])],
    ['call c1', 'json {"a": 1}', 'finish tool_calls', 'end'],
  ],
  [
    'arguments that lost a digit',
    [begins, argues('{"a":1}'), ends([calls('{"a":12}')])],
    ['call c1', 'json {"a":1}', 'damaged upstream_malformed'],
  ],
  [
    'a call that only the whole holds',
    [says('a'), ends([message('a'), calls('{"a":1}')])],
    ['text a', 'call c1', 'json {"a":1}', 'finish tool_calls', 'end'],
  ],
  [
    'and its arguments are not JSON',
    [says('a'), ends([message('a'), calls('{"a"')])],
    ['text a', 'broken upstream_malformed'],
  ],
  ['nothing at all', [ends([])], ['broken upstream_empty']],
  [
    'cut at the limit',
    [
      says('a'),
      ends([message('a')], { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
    ],
    ['text a', 'finish length', 'end'],
  ],
  [
    'cut for no known reason',
    [says('a'), ends([message('a')], { status: 'incomplete', incomplete_details: null })],
    ['text a', 'broken upstream_cut'],
  ],
]

for (const [name, events, parts] of rows)
  test(`responses stream: ${name}`, () => {
    const reader = openStream()
    const told = [created, ...events].flatMap(([type, body]) =>
      reader.push({ event: type, data: JSON.stringify({ type, ...body }), raw: '' }),
    )
    assert.deepEqual([...told, ...reader.end()].map(shown), ['start', ...parts])
  })
