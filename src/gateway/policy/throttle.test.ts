import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count, type RollingCounts } from './rolling-counts.ts'
import { refuseShare } from './throttle.ts'

const windowMs = 120_000
const rows: readonly [name: string, bad: number, good: number, k: number, expected: number][] = [
  ['nothing known holds nothing back', 0, 0, 2, 0],
  ['too few calls hold nothing back', 9, 0, 2, 0],
  ['half answered is what K = 2 allows', 10, 10, 2, 0],
  ['a quarter answered: half is held back', 15, 5, 2, 10 / 21],
  ['none answered: nearly all', 20, 0, 2, 20 / 21],
  ['K = 1 holds back what failed', 10, 10, 1, 10 / 21],
]

for (const [name, bad, good, k, expected] of rows) {
  test(`throttle: ${name}`, () => {
    let counts: RollingCounts | undefined
    for (let call = 0; call < bad + good; call += 1) counts = count(counts, call < bad, windowMs, call)
    assert.equal(refuseShare(counts, { k, windowMs, minCalls: 10 }, 100), expected)
  })
}
