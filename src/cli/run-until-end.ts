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

/** How long a process with a defect may take to write what it holds, ms. */
const lastWordsMs = 8_000

/** Resolves with the exit code. A second signal ends the process at once; so does, after everything held is written, a defect that nothing caught. */
export async function runUntilEnd({ running, drainMs, clock, onEnd, close }: RunOptions): Promise<number> {
  const defect = await new Promise<{ readonly error: unknown } | undefined>((resolve) => {
    process.once('SIGTERM', () => resolve(undefined))
    process.once('SIGINT', () => resolve(undefined))
    process.on('uncaughtException', (error) => {
      process.stderr.write(
        `a defect ends the gateway: ${error instanceof Error ? error.stack : String(error)}\n`,
      )
      resolve({ error })
    })
  })
  const leaveNow = () => process.exit(1)
  process.once('SIGTERM', leaveNow)
  process.once('SIGINT', leaveNow)
  onEnd()
  if (defect) {
    await Promise.race([close(), clock.sleep(lastWordsMs)])
    return process.exit(1)
  }
  const endAtMs = clock.monoMs() + drainMs
  while (running() > 0 && clock.monoMs() < endAtMs) await clock.sleep(lookEveryMs)
  await close()
  return 0
}
