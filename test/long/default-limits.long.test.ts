/** The faults of silence with the limits a user has who sets none: who waits how long, and what then. */

import { breaksAfter, drips, dripsOn } from '../faults/bad-ways.ts'
import { type FaultRow, leave, recovered } from '../faults/rows.ts'
import { streamRows } from '../faults/rows-stream.ts'
import { wireRows } from '../faults/rows-wire.ts'
import { runRows } from '../faults/run-rows.ts'

/** Ms after which a healthy second target has answered, by the limit that ends the first: the limit and some seconds, for a machine may be busy. */
const within: readonly [name: RegExp, whole: number, stream: number][] = [
  [/^F14 silent|^F16/, 10_000, 10_000],
  [/^F17|^F18/, 66_000, 15_000],
  [/^F19|after 20 words/, 66_000, 20_000],
  [/^F21 pings for ever$/, 66_000, 15_000],
]

const silent = [...wireRows, ...streamRows].filter(({ name }) =>
  /^F14 silent|^F1[678]|^F19|^F21|^F22 words/.test(name),
)
/** A byte a second, as a slow enemy sends it. */
const slow: readonly FaultRow[] = [
  {
    name: 'F20 a byte a second',
    way: drips(1_000),
    whole: { ...leave('upstream_response_timeout'), backedWithinMs: 66_000 },
    stream: { ...leave('upstream_first_token_timeout'), backedWithinMs: 15_000 },
  },
  {
    name: 'F20 a byte a second after 20 words',
    way: breaksAfter({ words: 20, by: dripsOn(1_000) }),
    stream: { ...recovered('upstream_idle_timeout', 1), backedWithinMs: 17_000 },
  },
]

function timed(row: FaultRow): FaultRow {
  const [, whole, stream] = within.find(([name]) => name.test(row.name)) ?? []
  return {
    ...row,
    ...(row.whole && whole ? { whole: { ...row.whole, backedWithinMs: whole } } : {}),
    ...(row.stream && stream ? { stream: { ...row.stream, backedWithinMs: stream } } : {}),
  }
}

runRows({
  name: 'faults with default limits',
  rows: [...silent.map(timed), ...slow],
  concurrency: 40,
  limits: { settings: { timeouts: {}, attempts: {} }, totalMs: 120_000 },
})
