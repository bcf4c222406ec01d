import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CallPart, openCallQueue } from './call-queue.ts'

const begin = (call: number): CallPart => ({
  kind: 'tool_call',
  choice: 0,
  call,
  id: `c${call}`,
  name: `f${call}`,
})
const write = (call: number, json: string): CallPart => ({ kind: 'tool_arguments', choice: 0, call, json })

/** Each part in short; `|` stands where the stream ends. */
const rows: readonly [name: string, parts: readonly CallPart[], told: string][] = [
  ['one call goes out as it comes', [begin(0), write(0, '{"a'), write(0, '":1}')], 'f0 {"a ":1} |'],
  [
    'one behind the other goes out as it comes',
    [begin(0), write(0, '{}'), begin(1), write(1, '{}')],
    'f0 {} f1 {} |',
  ],
  [
    'two in turn: the second waits until the first is whole',
    [begin(0), begin(1), write(0, '{"a"'), write(1, '{"b"'), write(0, ':1}'), write(1, ':2}')],
    'f0 {"a" :1} f1 {"b" :2} |',
  ],
  [
    'three in turn',
    [begin(0), begin(1), begin(2), write(2, '{}'), write(1, '{}'), write(0, '{}')],
    'f0 {} f1 {} f2 {} |',
  ],
  [
    'a call without arguments holds the next until the end',
    [begin(0), begin(1), write(1, '{}')],
    'f0 | f1 {}',
  ],
  ['arguments of no call are left out', [write(3, '{}')], '|'],
]
for (const [name, parts, expected] of rows)
  test(`call queue: ${name}`, () => {
    const queue = openCallQueue()
    const short = (part: CallPart) => (part.kind === 'tool_call' ? part.name : part.json)
    const told = [...parts.flatMap((part) => queue.push(part)).map(short), '|', ...queue.flush().map(short)]
    assert.equal(told.join(' '), expected)
  })
