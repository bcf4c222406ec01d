import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moreToWait, type Unanswered } from './redis-patience.ts'

const usual: Unanswered = { nowMs: 1_050, sentAtMs: 1_000, heardAtMs: 0, lateMs: 1, waitMs: 50 }
const rows: readonly [name: string, unanswered: Partial<Unanswered>, moreMs: number][] = [
  ['silent since it was asked', {}, 0],
  ['silent since before', { heardAtMs: 999 }, 0],
  ['answered another command 10 ms ago', { heardAtMs: 1_040 }, 40],
  ['answered another command just now', { heardAtMs: 1_050 }, 50],
  ['this process stood still for 200 ms', { nowMs: 1_250, lateMs: 200 }, 50],
  ['this process was a little late', { nowMs: 1_060, lateMs: 10 }, 0],
  ['asked long ago, though it answers others', { nowMs: 1_500, heardAtMs: 1_499 }, 0],
  ['asked long ago by a process that stands still', { nowMs: 1_700, lateMs: 600 }, 0],
]
for (const [name, unanswered, moreMs] of rows)
  test(`redis patience: ${name}`, () => {
    assert.equal(moreToWait({ ...usual, ...unanswered }), moreMs)
  })
