import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count, type RollingCounts, totals } from './rolling-counts.ts'

const windowMs = 1_000
const good = (atMs: number) => [atMs, false] as const
const bad = (atMs: number) => [atMs, true] as const

type Row = [
  name: string,
  calls: readonly (readonly [number, boolean])[],
  lookAtMs: number,
  expected: { all: number; bad: number },
]
const rows: readonly Row[] = [
  ['nothing counted', [], 0, { all: 0, bad: 0 }],
  ['good calls alone leave nothing behind', [good(0), good(1)], 1, { all: 0, bad: 0 }],
  ['counting begins with the first bad call', [good(0), bad(1), good(2)], 2, { all: 2, bad: 1 }],
  ['the half before still counts', [bad(0), good(400), good(600)], 900, { all: 3, bad: 1 }],
  ['what is older than the window does not', [bad(0), good(400), bad(600)], 1_000, { all: 1, bad: 1 }],
  ['a long silence forgets all', [bad(0), bad(1)], 5_000, { all: 0, bad: 0 }],
  ['once the bad ones are old, good ones are forgotten too', [bad(0), good(600)], 1_100, { all: 0, bad: 0 }],
]

for (const [name, calls, lookAtMs, expected] of rows) {
  test(`rolling counts: ${name}`, () => {
    let counts: RollingCounts | undefined
    for (const [atMs, isBad] of calls) counts = count(counts, isBad, windowMs, atMs)
    assert.deepEqual(totals(counts, windowMs, lookAtMs), expected)
  })
}
