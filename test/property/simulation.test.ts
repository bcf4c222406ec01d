import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeSeed, lineOf } from './judge.ts'
import { drawScene } from './simulation/draw-scene.ts'
import { traceOf } from './simulation/history.ts'
import { simulate } from './simulation/simulate.ts'

const seeds = 300

test(`${seeds} seeds keep every invariant`, async () => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const broken = await judgeSeed(seed)
    assert.deepEqual(broken.map(lineOf), [], `npm run simulate -- --seed ${seed}`)
  }
})

test('the same seed gives the same trace, byte for byte', async () => {
  for (const seed of [1, 2, 3]) {
    const [first, second] = [await simulate(drawScene(seed)), await simulate(drawScene(seed))]
    assert.equal(traceOf(first), traceOf(second))
  }
})
