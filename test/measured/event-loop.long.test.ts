/** Whoever posts bodies of nearly 20 MB, the event loop of the gateway is late by less than 50 ms (p99). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadText, runBench } from './bench.ts'

const highestP99Ms = 50
/** A defect makes every run late. */
const runs = 3
/** Where other processes slow the gateway's thread down by more, its lag is theirs and says nothing. */
const mostSlowed = 1.25
const kinds = ['text', 'cjk', 'image', 'messages']

test(`bodies of 20 MB: answered, and the event loop is late by less than ${highestP99Ms} ms (p99)`, async (t) => {
  const best = new Map<string, number>()
  const bestOf = (kind: string) => best.get(kind) ?? Number.POSITIVE_INFINITY
  for (let run = 1; run <= runs && kinds.some((kind) => bestOf(kind) >= highestP99Ms); run += 1) {
    const printed = await runBench('event-loop')
    t.diagnostic(`${printed.trim()}\n${loadText()}`)
    const lines = [
      ...printed.matchAll(/^(\w+): .* status ([\d,]+), .* p99 ([\d.-]+) ms.* slowed ([\d.]+) times/gm),
    ]
    assert.deepEqual(
      lines.map(([, kind, status]) => [kind, status]),
      kinds.map((kind) => [kind, '200']),
    )
    for (const [, kind = '', , p99Ms, slowed] of lines)
      if (Number(slowed) <= mostSlowed) best.set(kind, Math.min(bestOf(kind), Number(p99Ms)))
  }
  const figures = `${JSON.stringify(Object.fromEntries(best))}, ${loadText()}`
  assert.ok(
    [...best.values()].every((p99Ms) => p99Ms < highestP99Ms),
    figures,
  )
  if (best.size < kinds.length) t.skip(`other processes were too busy to measure every kind: ${figures}`)
})
