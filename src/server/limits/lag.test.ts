import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterMeasuring, beyondForMs, type Lag, noLag } from './lag.ts'

const limitMs = 500
/** What each measurement, due 250 ms after the one before, was late by; then for how long the limit was passed. */
const rows: readonly [name: string, lateMs: readonly number[], beyondMs: number, newestMs: number][] = [
  ['on time', [0, 1, 12], 0, 12],
  ['exactly the limit', [500, 500, 500], 0, 500],
  ['one pause', [3_000], 0, 3_000],
  ['a machine that slept for a minute', [0, 60_000, 2], 0, 2],
  ['two late ones', [600, 700], 950, 700],
  ['late ones that go on', [600, 600, 600, 600], 2_550, 600],
  ['one on time between them begins it anew', [600, 600, 10, 600], 0, 600],
  ['little lag for long, then much', [100, 100, 100, 100, 600, 600], 850, 600],
]
for (const [name, lateMs, beyondMs, newestMs] of rows)
  test(`lag: ${name}`, () => {
    let lag: Lag = noLag
    let nowMs = 0
    for (const late of lateMs) {
      nowMs += 250 + late
      lag = afterMeasuring(lag, { lateMs: late, nowMs }, limitMs)
    }
    assert.deepEqual([beyondForMs(lag, nowMs), lag.lagMs], [beyondMs, newestMs])
  })
