import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SandboxAttempt } from '../sandbox/serve-call.ts'
import { callJson, callLine } from './call-line.ts'

const call: SandboxAttempt = {
  atMs: 1,
  dialect: 'openai',
  model: 'small',
  key: 'k1',
  status: 200,
  stream: false,
  does: 'answers',
}
const wallMs = Date.UTC(2026, 0, 1, 12, 0, 1, 5)

const rows: readonly [name: string, call: SandboxAttempt, line: string][] = [
  ['an answer', call, '12:00:01.005  openai     whole   200  small  k1  answers'],
  [
    'a rule',
    { ...call, stream: true, rule: 2 },
    '12:00:01.005  openai     stream  200  small  k1  rule 2: answers',
  ],
  ['no status', { ...call, status: 0 }, '12:00:01.005  openai     whole   ---  small  k1  answers'],
  ['no key', { ...call, key: '' }, '12:00:01.005  openai     whole   200  small  (no key)  answers'],
  [
    'a long key',
    { ...call, key: 'k'.repeat(21) },
    '12:00:01.005  openai     whole   200  small  key_34ab45a1  answers',
  ],
  [
    'control characters',
    { ...call, model: 'a\u001b[2Jb\n' },
    '12:00:01.005  openai     whole   200  a [2Jb   k1  answers',
  ],
]
for (const [name, given, line] of rows) {
  test(`call line: ${name}`, () => assert.equal(callLine(given, wallMs), line))
}

test('call line: as JSON', () =>
  assert.deepEqual(JSON.parse(callJson({ ...call, rule: 1 }, wallMs)), {
    kind: 'call',
    atUtc: '2026-01-01T12:00:01.005Z',
    key: 'k1',
    dialect: 'openai',
    model: 'small',
    status: 200,
    stream: false,
    does: 'answers',
    rule: 1,
  }))
