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
export const watch = <Reason>(
  clock: Clock,
  parent: StopSignal,
  deadline: Deadline<Reason>,
): Watchdog<Reason> => new Watch(clock, parent, deadline)

/** Has identity: one call's time. A class, for one is made for every call. */
class Watch<Reason> implements Watchdog<Reason> {
  readonly #stop = new Stop()
  readonly #clock: Clock
  readonly #parent: StopSignal
  readonly #follow = () => this.#stop.abort()
  #deadline: Deadline<Reason>
  #phaseAtMs = Number.POSITIVE_INFINITY
  #phaseReason: Reason
  #pausedAtMs: number | undefined
  #timerAtMs = Number.POSITIVE_INFINITY
  #fired: Reason | undefined
  #clear: (() => void) | undefined

  constructor(clock: Clock, parent: StopSignal, deadline: Deadline<Reason>) {
    this.#clock = clock
    this.#parent = parent
    this.#deadline = deadline
    this.#phaseReason = deadline.reason
    if (parent.aborted) this.#follow()
    else parent.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): StopSignal {
    return this.#stop
  }

  limit(forMs: number, reason: Reason): void {
    const nowMs = this.#clock.monoMs()
    this.#phaseAtMs = nowMs + forMs
    this.#phaseReason = reason
    this.#arm(nowMs)
  }

  extend(byMs: number): void {
    const { atMs, reason } = this.#deadline
    this.#deadline = { atMs: atMs + byMs, reason }
  }

  pause(): void {
    this.#pausedAtMs ??= this.#clock.monoMs()
  }

  resume(): void {
    if (this.#pausedAtMs === undefined) return
    const nowMs = this.#clock.monoMs()
    this.#phaseAtMs += nowMs - this.#pausedAtMs
    this.#pausedAtMs = undefined
    this.#arm(nowMs)
  }

  fired(): Reason | undefined {
    return this.#fired
  }

  stop(): void {
    this.#clear?.()
    this.#clear = undefined
    this.#parent.removeEventListener('abort', this.#follow)
  }

  close(): void {
    this.stop()
    this.#stop.abort()
  }

  #isOfPhase(): boolean {
    return this.#pausedAtMs === undefined && this.#phaseAtMs < this.#deadline.atMs
  }

  #dueAtMs(): number {
    return this.#isOfPhase() ? this.#phaseAtMs : this.#deadline.atMs
  }

  #arm(nowMs: number): void {
    const atMs = this.#dueAtMs()
    if (atMs >= this.#timerAtMs) return
    this.#clear?.()
    this.#timerAtMs = atMs
    this.#clear = this.#clock.after(Math.max(0, atMs - nowMs), () => this.#expire())
  }

  #expire(): void {
    this.#clear = undefined
    this.#timerAtMs = Number.POSITIVE_INFINITY
    const nowMs = this.#clock.monoMs()
    if (nowMs < this.#dueAtMs()) this.#arm(nowMs)
    else {
      this.#fired = this.#isOfPhase() ? this.#phaseReason : this.#deadline.reason
      this.#stop.abort()
    }
  }
}
