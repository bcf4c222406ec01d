/** Ends a call when the time of its present phase is over, or all its time. One timer for both, moved only when it fires early. */

import type { Clock } from '../../base/clock.ts'
import { Stop, type StopSignal } from '../../base/stop-signal.ts'

export interface Watchdog<Reason> {
  readonly signal: StopSignal
  /** The phase from now on may last `forMs`; then the call is aborted and `fired` tells the reason. */
  limit(forMs: number, reason: Reason): void
  /** Puts the deadline off. */
  extend(byMs: number): void
  /** Until `resume`, for time in which nobody waits for the provider: it counts to the deadline alone, not to the phase. */
  pause(): void
  resume(): void
  fired(): Reason | undefined
  /** Takes timer and listener away. */
  stop(): void
  /** Stops, and ends the call with everything that is still open of it. */
  close(): void
}

export interface Deadline<Reason> {
  /** On the monotonic clock. */
  readonly atMs: number
  readonly reason: Reason
}

/** The returned signal also follows `parent`. */
export function watch<Reason>(clock: Clock, parent: StopSignal, given: Deadline<Reason>): Watchdog<Reason> {
  const signal = new Stop()
  let deadline = given
  let phaseAtMs = Number.POSITIVE_INFINITY
  let phaseReason = given.reason
  let pausedAtMs: number | undefined
  let timerAtMs = Number.POSITIVE_INFINITY
  let fired: Reason | undefined
  let clear: (() => void) | undefined
  const follow = () => signal.abort()
  if (parent.aborted) follow()
  else parent.addEventListener('abort', follow, { once: true })

  const isOfPhase = () => pausedAtMs === undefined && phaseAtMs < deadline.atMs
  const arm = () => {
    const atMs = isOfPhase() ? phaseAtMs : deadline.atMs
    if (atMs >= timerAtMs) return
    clear?.()
    timerAtMs = atMs
    clear = clock.after(Math.max(0, atMs - clock.monoMs()), expire)
  }
  const expire = () => {
    clear = undefined
    timerAtMs = Number.POSITIVE_INFINITY
    if (clock.monoMs() < (isOfPhase() ? phaseAtMs : deadline.atMs)) return arm()
    fired = isOfPhase() ? phaseReason : deadline.reason
    signal.abort()
  }
  const stop = () => {
    clear?.()
    clear = undefined
    parent.removeEventListener('abort', follow)
  }
  return {
    signal,
    limit(forMs, reason) {
      phaseAtMs = clock.monoMs() + forMs
      phaseReason = reason
      arm()
    },
    extend(byMs) {
      deadline = { ...deadline, atMs: deadline.atMs + byMs }
    },
    pause() {
      pausedAtMs ??= clock.monoMs()
    },
    resume() {
      if (pausedAtMs === undefined) return
      phaseAtMs += clock.monoMs() - pausedAtMs
      pausedAtMs = undefined
      arm()
    },
    fired: () => fired,
    stop,
    close() {
      stop()
      signal.abort()
    },
  }
}
