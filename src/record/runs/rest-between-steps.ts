/** How long the run store rests between two steps, so that requests come first. */

import { systemClock } from '../../base/clock.ts'

export interface Step {
  /** Entries of the ledger that it took over. */
  readonly taken: number
  /** Entries that still wait. */
  readonly behind: number
  /** It waited for the processor, or for the disk, so long. */
  readonly stoodStillMs: number
}

/** Where all was taken over. */
const idleMs = 500
/** Entries a second while few wait, and how long an entry waits at most where many do, about. */
const [leisurelyPerS, behindForS] = [500, 60]
/** A step that gets a fifth of a processor takes less than a hundredth of it with its rest. */
const restsForStill = 32
const longestRestMs = 5_000

/** A burst is taken over at leisure; the more waits the faster, so that nothing waits for long. Where others want the processor too, they have it. */
export function restMs({ taken, behind, stoodStillMs }: Step): number {
  if (behind === 0) return idleMs
  const inTurnMs = (taken / Math.max(leisurelyPerS, behind / behindForS)) * 1_000
  return Math.max(inTurnMs, Math.min(longestRestMs, stoodStillMs * restsForStill))
}

/** Begins a step; what it gives tells how long this thread stood still since, ms. */
export function stoodStill(): () => number {
  const atMs = systemClock.monoMs()
  const used = process.threadCpuUsage()
  return () => {
    const { user, system } = process.threadCpuUsage(used)
    return Math.max(0, systemClock.monoMs() - atMs - (user + system) / 1_000)
  }
}
