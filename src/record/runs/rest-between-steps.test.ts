import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restMs, type Step, stoodStill } from './rest-between-steps.ts'

const rows: readonly [name: string, step: Step, restMs: number][] = [
  ['nothing waits: it looks twice a second', { taken: 3, behind: 0, stoodStillMs: 0 }, 500],
  ['a burst: 500 entries a second', { taken: 200, behind: 1_000, stoodStillMs: 0 }, 400],
  ['a long one: what waits is there in a minute', { taken: 200, behind: 600_000, stoodStillMs: 0 }, 20],
  ['others want the processor', { taken: 200, behind: 600_000, stoodStillMs: 25 }, 800],
  ['they want it little', { taken: 200, behind: 1_000, stoodStillMs: 2 }, 400],
  ['they want it for long: it goes on all the same', { taken: 200, behind: 1_000, stoodStillMs: 900 }, 5_000],
  ['they want it, and nothing waits', { taken: 3, behind: 0, stoodStillMs: 40 }, 500],
]

for (const [name, step, expected] of rows) test(`rest: ${name}`, () => assert.equal(restMs(step), expected))

test('a thread that sleeps stands still', () => {
  const still = stoodStill()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120)
  assert.ok(still() >= 100)
})

test('while a thread reckons it does not stand still', () => {
  const atMs = performance.now()
  const still = stoodStill()
  const { user } = process.threadCpuUsage()
  while (process.threadCpuUsage().user - user < 60_000);
  const stillMs = still()
  assert.ok(stillMs <= performance.now() - atMs - 55)
})
