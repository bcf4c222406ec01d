import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeSeed, lineOf } from './judge.ts'

/** From where the short test ends. */
const from = 61
const seeds = 2_000

test(`${seeds} further seeds keep every invariant`, async () => {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { broken } = await judgeSeed(seed)
    assert.deepEqual(broken.map(lineOf), [], `npm run simulate -- --seed ${seed} --trace`)
  }
})
