import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeFault } from '../../protocol/fault.ts'
import type { Choice, StreamPart } from '../../protocol/reply.ts'
import {
  decodeAnswer,
  encodeAnswer,
  isKeepable,
  type StoredAnswer,
  type StoredBody,
  textOf,
} from './stored-answer.ts'

const choice: Choice = {
  index: 0,
  content: [{ kind: 'text', text: 'Grüße 👋' }],
  toolCalls: [],
  finish: 'stop',
}
const whole = (...choices: readonly Choice[]): StoredBody => ({
  kind: 'reply',
  reply: { id: 'r', model: 'm', choices, unsupported: [] },
})
const streamed = (...parts: readonly StreamPart[]): StoredBody => ({
  kind: 'stream',
  chunks: parts.map((part) => ({ raw: `data: ${part.kind}\n\n`, parts: [part] })),
})
const text: StreamPart = { kind: 'text', choice: 0, text: 'Grüße 👋' }
const stop: StreamPart = { kind: 'finish', choice: 0, reason: 'stop' }
const end: StreamPart = { kind: 'end' }

const rows: readonly [name: string, body: StoredBody, isKept: boolean][] = [
  ['a whole answer', whole(choice), true],
  ['two whole choices', whole(choice, { ...choice, index: 1 }), true],
  ['no choice at all', whole(), false],
  ['an answer that met its limit', whole({ ...choice, finish: 'length' }), false],
  ['one choice of two that met its limit', whole(choice, { ...choice, finish: 'length' }), false],
  [
    'a call of a tool',
    whole({ ...choice, finish: 'tool_calls', toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }] }),
    false,
  ],
  ['a refusal', whole({ ...choice, refusal: 'no' }), false],
  ['a filtered answer', whole({ ...choice, finish: 'content_filter' }), false],
  ['a whole stream', streamed(text, stop, end), true],
  ['a stream without its end', streamed(text, stop), false],
  ['a stream without a finish', streamed(text, end), false],
  ['a stream that broke', streamed(text, { kind: 'broken', fault: makeFault('upstream_cut', 'cut') }), false],
  [
    'a stream that broke behind its finish',
    streamed(text, stop, { kind: 'broken', fault: makeFault('upstream_cut', 'cut') }, end),
    false,
  ],
  ['a stream that met its limit', streamed(text, { ...stop, reason: 'length' }, end), false],
  ['a stream of two models', streamed(text, { kind: 'adaptive', facts: {} }, stop, end), false],
  [
    'a streamed call',
    streamed({ kind: 'tool_call', choice: 0, call: 0, id: 'c', name: 'f' }, stop, end),
    false,
  ],
]
for (const [name, body, isKept] of rows)
  test(`stored answer: ${name} is ${isKept ? '' : 'not '}kept`, () => assert.equal(isKeepable(body), isKept))

const answer: StoredAnswer = {
  storedAtMs: 1,
  freshUntilMs: 2,
  provider: 'a',
  model: 'm1',
  simulated: false,
  dropped: [],
  responseHash: 'h',
  body: streamed(text, stop, end),
}

test('stored answer: comes back from its bytes to the letter', () => {
  const back = decodeAnswer(encodeAnswer(answer))
  assert.deepEqual(back && { ...back, version: undefined }, { ...answer, version: undefined })
  assert.equal(textOf(answer.body), 'Grüße 👋')
  assert.equal(textOf(answer.body, 3), 'Grü')
  assert.equal(textOf(whole(choice, choice)), 'Grüße 👋\nGrüße 👋')
})

const foreign: readonly [name: string, bytes: string][] = [
  ['nothing', ''],
  ['not JSON', '{"version":1,'],
  ['another version', JSON.stringify({ ...answer, version: 2 })],
  ['no body', JSON.stringify({ ...answer, version: 1, body: undefined })],
  ['a body of no kind', JSON.stringify({ ...answer, version: 1, body: {} })],
  ['a list', '[]'],
]
for (const [name, bytes] of foreign)
  test(`stored answer: ${name} is no answer`, () => assert.equal(decodeAnswer(Buffer.from(bytes)), undefined))
