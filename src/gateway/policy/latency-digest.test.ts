import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hedgeAfterMs, latencyQuantile, noteLatency, openLatencyDigest } from './latency-digest.ts'

const digestOf = (times: readonly number[]) => {
  const digest = openLatencyDigest()
  for (const forMs of times) noteLatency(digest, forMs)
  return digest
}
const upTo = (most: number) => Array.from({ length: most }, (_, at) => at + 1)

const rows: readonly [name: string, times: readonly number[], quantile: number, expectedMs: number][] = [
  ['one time is every quantile', [400], 0.95, 400],
  ['the median of 1 to 100', upTo(100), 0.5, 50],
  ['the 95th of 1 to 100', upTo(100), 0.95, 95],
  ['the 95th of 1 to 1,000, of which old ones have faded evenly', upTo(1_000), 0.95, 950],
  ['less than a millisecond is one', [0, 0.2], 0.95, 1],
  ['longer than ten minutes is ten minutes', [9e9], 0.95, 1.1 ** 140],
]
for (const [name, times, quantile, expectedMs] of rows) {
  test(`latency digest: ${name}`, () => {
    const atMs = latencyQuantile(digestOf(times), quantile) ?? Number.NaN
    assert.ok(atMs >= expectedMs * 0.999 && atMs <= expectedMs * 1.1, `${atMs} ms`)
  })
}

test('latency digest: a target that became slower is soon known as slow', () => {
  const digest = digestOf([...Array(900).fill(100), ...Array(150).fill(2_000)])
  assert.ok((latencyQuantile(digest, 0.9) ?? 0) >= 2_000)
})

const options = { quantile: 0.95, minCalls: 20, atLeastMs: 200 }
test('hedge: no wait is worked out from too few calls, and none is shorter than configured', () => {
  assert.equal(hedgeAfterMs(undefined, options), undefined)
  assert.equal(hedgeAfterMs(digestOf(Array(19).fill(500)), options), undefined)
  assert.equal(hedgeAfterMs(digestOf(Array(20).fill(10)), options), 200)
  const atMs = hedgeAfterMs(digestOf(Array(20).fill(500)), options) ?? 0
  assert.ok(atMs >= 500 && atMs <= 550)
})
