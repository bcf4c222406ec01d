import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt } from '../../protocol/plan.ts'
import { spentOn } from './spent-on.ts'

const attempt: Attempt = {
  provider: 'a',
  model: 'm',
  key: 'k',
  startedMs: 0,
  endedMs: 1,
  next: 'done',
  because: '',
}
const whole: Attempt = { ...attempt, inputTokens: 10, outputTokens: 5, costUsd: '0.000100' }
const failedOne: Attempt = {
  ...attempt,
  fault: { code: 'upstream_overloaded', class: 'overloaded', message: '' },
}

const rows: readonly [name: string, attempts: readonly Attempt[], spent: object][] = [
  ['nothing was called', [], { tokens: 0, costUsd: '0' }],
  ['one answer', [whole], { tokens: 15, costUsd: '0.000100' }],
  ['an answer after a failure', [failedOne, whole], { tokens: 15, costUsd: '0.000100' }],
  ['failures alone cost nothing', [failedOne, failedOne], { tokens: 0, costUsd: '0' }],
  ['a stream that was left untold', [{ ...failedOne, firstTokenMs: 5 }], {}],
  ['an answer that tells no usage', [attempt], {}],
  ['two answers', [whole, whole], { tokens: 30, costUsd: '0.000200' }],
]
for (const [name, attempts, spent] of rows)
  test(`spent on calls: ${name}`, () => assert.deepEqual(spentOn(attempts), spent))
