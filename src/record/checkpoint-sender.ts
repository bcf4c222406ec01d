/** Posts checkpoints to an address outside, in order, until each has arrived. */

import type { Clock } from '../base/clock.ts'
import type { Outcome } from '../base/outcome.ts'

export interface CheckpointSender {
  send(line: string): void
  /** Tries what waits once more, for at most `withinMs`. */
  close(withinMs: number): Promise<void>
}

export interface SenderOptions {
  /** Done where the other side answered 2xx. */
  readonly post: (line: string) => Promise<Outcome<void, string>>
  readonly clock: Clock
  /** One line per change of state, for the log. */
  readonly onProblem: (line: string) => void
}

/** Checkpoints that wait; beyond it the oldest go, for each newer one covers them too. */
const waitingLimit = 1_000
const firstTryAgainMs = 1_000
const mostTryAgainMs = 60_000

export function createCheckpointSender({ post, clock, onProblem }: SenderOptions): CheckpointSender {
  const waiting: string[] = []
  let running: Promise<void> | undefined
  let isWell = true
  let isClosing = false
  let wake = new AbortController()

  const turn = (now: boolean, reason: string) => {
    if (now !== isWell)
      onProblem(now ? 'checkpoints are posted again' : `checkpoints are not posted: ${reason}`)
    isWell = now
  }
  const work = async () => {
    let tryAgainMs = firstTryAgainMs
    for (let line = waiting[0]; line !== undefined; line = waiting[0]) {
      const sent = await post(line)
      turn(sent.ok, sent.ok ? '' : sent.fault)
      if (sent.ok) {
        if (waiting[0] === line) waiting.shift()
        tryAgainMs = firstTryAgainMs
        continue
      }
      if (isClosing) return
      wake = new AbortController()
      await clock.sleep(tryAgainMs, wake.signal)
      tryAgainMs = Math.min(mostTryAgainMs, tryAgainMs * 2)
    }
  }
  const start = () => {
    running ??= work().finally(() => {
      running = undefined
    })
    return running
  }
  return {
    send(line) {
      waiting.push(line)
      if (waiting.length > waitingLimit) waiting.shift()
      void start()
    },
    async close(withinMs) {
      isClosing = true
      wake.abort()
      const early = new AbortController()
      await Promise.race([waiting.length > 0 ? start() : undefined, clock.sleep(withinMs, early.signal)])
      early.abort()
    },
  }
}
