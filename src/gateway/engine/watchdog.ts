/** Ends a call when the time of its present phase is over. One timer for all phases, moved only when it fires early. */

import type { Clock } from '../../base/clock.ts'

export interface Watchdog<Reason> {
  readonly signal: AbortSignal
  /** The phase from now on may last `forMs`; then the call is aborted and `fired` tells the reason. */
  limit(forMs: number, reason: Reason): void
  fired(): Reason | undefined
  /** Takes timer and listener away. */
  stop(): void
  /** Stops, and ends the call with everything that is still open of it. */
  close(): void
}

/** The returned signal also follows `parent`. */
export function watch<Reason>(clock: Clock, parent: AbortSignal): Watchdog<Reason> {
  const controller = new AbortController()
  let endsAtMs = Number.POSITIVE_INFINITY
  let timerAtMs = Number.POSITIVE_INFINITY
  let reason: Reason | undefined
  let fired: Reason | undefined
  let clear: (() => void) | undefined
  const follow = () => controller.abort()
  if (parent.aborted) follow()
  else parent.addEventListener('abort', follow, { once: true })

  const arm = (atMs: number) => {
    clear?.()
    timerAtMs = atMs
    clear = clock.after(Math.max(0, atMs - clock.monoMs()), expire)
  }
  const expire = () => {
    clear = undefined
    timerAtMs = Number.POSITIVE_INFINITY
    if (clock.monoMs() < endsAtMs) return arm(endsAtMs)
    fired = reason
    controller.abort()
  }
  const stop = () => {
    clear?.()
    clear = undefined
    parent.removeEventListener('abort', follow)
  }
  return {
    signal: controller.signal,
    limit(forMs, why) {
      reason = why
      endsAtMs = clock.monoMs() + forMs
      if (endsAtMs < timerAtMs) arm(endsAtMs)
    },
    fired: () => fired,
    stop,
    close() {
      stop()
      controller.abort()
    },
  }
}
