import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done, failed } from '../base/outcome.ts'
import type { Dialect } from '../protocol/chat.ts'
import { replayEvents, withRecordings } from './replay.ts'
import { sandboxFileSchema } from './rules.ts'

const rows: readonly [name: string, text: string, dialect: Dialect, events: readonly string[]][] = [
  ['event text goes out as it is', 'data: 1\n\ndata: 2\n\n', 'openai', ['data: 1\n\n', 'data: 2\n\n']],
  ['a recorded cut stays one', 'data: 1\n\ndata: {"a', 'openai', ['data: 1\n\n', 'data: {"a']],
  [
    'line ends stay',
    'event: a\r\ndata: 1\r\n\r\n: ping\r\n\r\n',
    'openai',
    ['event: a\r\ndata: 1\r\n\r\n', ': ping\r\n\r\n'],
  ],
  [
    'JSON lines become events, with an end',
    '{"a":1}\n\n{"a":2}\n',
    'openai',
    ['data: {"a":1}\n\n', 'data: {"a":2}\n\n', 'data: [DONE]\n\n'],
  ],
  [
    'an end that was recorded is not doubled',
    '{"a":1}\n[DONE]\n',
    'openai',
    ['data: {"a":1}\n\n', 'data: [DONE]\n\n'],
  ],
  [
    'Anthropic’s events have names and no end marker',
    '{"type":"ping"}\n{"x":1}',
    'anthropic',
    ['event: ping\ndata: {"type":"ping"}\n\n', 'data: {"x":1}\n\n'],
  ],
  ['Gemini’s have neither', '{"candidates":[]}', 'gemini', ['data: {"candidates":[]}\n\n']],
]
for (const [name, text, dialect, events] of rows) {
  test(`replay: ${name}`, () => assert.deepEqual(replayEvents(text, dialect), events))
}

const file = sandboxFileSchema.parse({
  rules: [
    { status: 503 },
    { replay: { file: 'a.json', as: 'json' } },
    { replay: { text: 'here', as: 'sse' } },
  ],
})

test('replay: files are read once, texts and other rules stay', () => {
  const read = withRecordings(file, (name) => done(`text of ${name}`))
  assert.deepEqual(read.ok && read.value.rules.map(({ status, replay }) => status ?? replay?.text), [
    503,
    'text of a.json',
    'here',
  ])
})

test('replay: a file that is missing is named with its rule', () => {
  const read = withRecordings(file, () => failed('no such file'))
  assert.deepEqual(read, { ok: false, fault: 'rules.1.replay.file: no such file' })
})

const wrong: readonly [name: string, replay: object][] = [
  ['neither file nor text', { as: 'json' }],
  ['both', { as: 'json', file: 'a', text: 'b' }],
  ['an unknown form', { as: 'xml', text: 'b' }],
]
for (const [name, replay] of wrong) {
  test(`replay: ${name} is refused`, () =>
    assert.equal(sandboxFileSchema.safeParse({ rules: [{ replay }] }).success, false))
}
