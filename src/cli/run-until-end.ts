/** Keeps the process until it is asked to end, and lets running requests finish within the grace time. */

import type { Clock } from '../base/clock.ts'

export interface RunOptions {
  /** Requests running now. */
  readonly running: () => number
  readonly drainMs: number
  readonly clock: Clock
  /** Called at the first signal: from here on no new request is taken. */
  readonly onEnd: () => void
  /** Closes everything; called once, when nothing runs or the grace time is over. */
  readonly close: () => Promise<void>
}

const lookEveryMs = 25

/** Resolves with the exit code. A second signal ends the process at once. */
export async function runUntilEnd({ running, drainMs, clock, onEnd, close }: RunOptions): Promise<number> {
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  const leaveNow = () => process.exit(1)
  process.once('SIGTERM', leaveNow)
  process.once('SIGINT', leaveNow)
  onEnd()
  const endAtMs = clock.monoMs() + drainMs
  while (running() > 0 && clock.monoMs() < endAtMs) await clock.sleep(lookEveryMs)
  await close()
  return 0
}
