import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockedForMs, noWrongKeys, type WrongKeyOptions, wrongKey } from './wrong-keys.ts'

const options: WrongKeyOptions = {
  free: 2,
  most: 4,
  fadeForMs: 1_000,
  delayStepMs: 100,
  longestDelayMs: 150,
}

const rows: readonly [
  name: string,
  atMs: readonly number[],
  lastDelayMs: number,
  askedAtMs: number,
  blockedMs: number,
][] = [
  ['the first is answered at once', [0], 0, 0, 0],
  ['so is the second', [0, 0], 0, 0, 0],
  ['the third waits', [0, 0, 0], 100, 0, 0],
  ['the wait has a bound, and the address is refused', [0, 0, 0, 0], 150, 0, 1_000],
  ['the block ends by itself', [0, 0, 0, 0], 150, 1_000, 0],
  ['half the time, half the block', [0, 0, 0, 0, 0], 150, 1_000, 1_000],
  ['slow ones never wait', [0, 1_000, 2_000, 3_000, 4_000, 5_000], 0, 5_000, 0],
  ['a thousand are counted as twice the most', Array(1_000).fill(0), 150, 0, 5_000],
  ['a clock that steps back blocks nobody for longer', [5_000, 0, 0, 0], 150, 0, 1_000],
]
for (const [name, atMs, lastDelayMs, askedAtMs, blockedMs] of rows) {
  test(`wrong keys: ${name}`, () => {
    let wrong = noWrongKeys
    let delayMs = -1
    for (const nowMs of atMs) {
      const [next, verdict] = wrongKey(wrong, options, nowMs)
      wrong = next
      delayMs = verdict.delayMs
    }
    assert.equal(delayMs, lastDelayMs)
    assert.equal(blockedForMs(wrong, options, askedAtMs), blockedMs)
  })
}
