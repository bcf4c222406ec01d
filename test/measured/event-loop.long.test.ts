/** Whoever posts bodies of nearly 20 MB, the event loop of the gateway is late by less than 50 ms (p99). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadText, runBench } from './bench.ts'

const highestP99Ms = 50
/** What else runs on the machine makes a whole run late; a defect makes every run late. */
const runs = 3
const kinds = ['text', 'cjk', 'image', 'messages']

test(`bodies of 20 MB: answered, and the event loop is late by less than ${highestP99Ms} ms (p99)`, async (t) => {
  const best = new Map<string, number>()
  const isLate = () => kinds.some((kind) => (best.get(kind) ?? Number.POSITIVE_INFINITY) >= highestP99Ms)
  for (let run = 1; run <= runs && isLate(); run += 1) {
    const printed = await runBench('event-loop')
    t.diagnostic(`${printed.trim()}\n${loadText()}`)
    for (const [, kind = '', status, p99Ms] of printed.matchAll(
      /^(\w+): .* status ([\d,]+), .* p99 ([\d.-]+) ms/gm,
    )) {
      assert.equal(status, '200', printed)
      best.set(kind, Math.min(best.get(kind) ?? Number.POSITIVE_INFINITY, Number(p99Ms)))
    }
  }
  assert.deepEqual([...best.keys()].sort(), [...kinds].sort())
  assert.ok(!isLate(), `${JSON.stringify([...best])}, ${loadText()}`)
})
