import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Load, leastWindows } from './load.ts'
import { firstFitDecreasing, fitting, pack } from './pack.ts'

const load = (tokens: number): Load => ({ requests: 1, inputTokens: tokens, outputTokens: 0 })
const pieces = (sizes: readonly number[]) => sizes.map((size, at) => ({ id: `p${at}`, load: load(size) }))

const rows: readonly [
  name: string,
  sizes: readonly number[],
  limit: number,
  greedy: number,
  packed: number,
][] = [
  ['nothing needs no minute', [], 10, 0, 0],
  ['what fits together shares a minute', [3, 3, 4], 10, 1, 1],
  ['two above half never do', [6, 6], 10, 2, 2],
  ['first-fit-decreasing is one too many here, trying finds it', [4, 4, 5, 5, 6, 6], 15, 3, 2],
  ['a piece above the limit has a minute of its own', [12, 3], 10, 2, 2],
  [
    'the known instance of eleven thirds and sixths is too many to try',
    [6, 6, 6, 6, 10, 10, 10, 10, 16, 16, 16, 16, 34, 34, 34, 34, 51, 51, 51, 51],
    101,
    5,
    5,
  ],
]
for (const [name, sizes, tokens, greedy, packed] of rows)
  test(`packing: ${name}`, () => {
    assert.equal(firstFitDecreasing(pieces(sizes), { tokens }).length, greedy)
    assert.equal(pack(pieces(sizes), { tokens }).length, packed)
    assert.ok(leastWindows(sizes.map(load), { tokens }) <= packed)
  })

test('packing: the limit that binds decides, requests and output among them', () => {
  const three = [1, 2, 3].map((at) => ({
    id: `${at}`,
    load: { requests: 1, inputTokens: 10, outputTokens: 40 },
  }))
  assert.equal(pack(three, { tokens: 1_000, requests: 2 }).length, 2)
  assert.equal(pack(three, { inputTokens: 30, outputTokens: 40 }).length, 3)
  assert.equal(pack(three, {}).length, 1)
})

test('packing: what fits into the rest of a minute, the largest first', () => {
  const ids = fitting(pieces([5, 9, 3]), { tokens: 8 }).map(({ id }) => id)
  assert.deepEqual(ids, ['p0', 'p2'])
})
