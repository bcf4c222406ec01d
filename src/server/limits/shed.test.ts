import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Load, shed } from './shed.ts'

const limits = { inFlight: 100, lagMs: 500, lagForMs: 2_000, heapShare: 0.9 }
const easy: Load = { lagMs: 2, behindForMs: 0, heapShare: 0.3, inFlight: 10 }

const rows: readonly [name: string, load: Partial<Load>, says: string | undefined][] = [
  ['an easy day', {}, undefined],
  ['just below every limit', { lagMs: 900, behindForMs: 1_999, heapShare: 0.9, inFlight: 99 }, undefined],
  ['too many at once', { inFlight: 100 }, '100 requests are running'],
  ['an event loop that lags', { lagMs: 640.4, behindForMs: 2_000 }, 'the gateway is 640 ms behind'],
  ['a full heap', { heapShare: 0.95 }, 'the memory of the gateway is nearly used up'],
]
for (const [name, load, says] of rows)
  test(`shed: ${name}`, () => {
    const fault = shed({ ...easy, ...load }, limits)
    assert.equal(fault?.message, says)
    if (fault) assert.deepEqual([fault.status, fault.retryAfterMs], [503, 1_000])
  })
