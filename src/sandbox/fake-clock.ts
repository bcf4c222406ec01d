/** A clock that moves only when told, for tests that must not wait. */

import type { Clock } from '../base/clock.ts'

export interface FakeClock extends Clock {
  /** Moves time on and runs what falls due, in order, letting promises settle between. */
  advance(byMs: number): Promise<void>
  /** Timers not yet due. */
  pending(): number
}

interface Timer {
  readonly atMs: number
  readonly then: () => void
}

export function createFakeClock(startWallMs = 1_700_000_000_000): FakeClock {
  let nowMs = 0
  const timers = new Set<Timer>()
  const after = (forMs: number, then: () => void) => {
    const timer: Timer = { atMs: nowMs + Math.max(0, forMs), then }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  const earliest = (untilMs: number) => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (timer.atMs > untilMs) continue
      // Timers stand in the order in which they were set: of equals the first one stays.
      if (first === undefined || timer.atMs < first.atMs) first = timer
    }
    return first
  }

  return {
    monoMs: () => nowMs,
    wallMs: () => startWallMs + nowMs,
    after,
    sleep(forMs, signal) {
      if (signal?.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const wake = () => {
          clear()
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const clear = after(forMs, wake)
        signal?.addEventListener('abort', wake, { once: true })
      })
    },
    async advance(byMs) {
      const untilMs = nowMs + byMs
      await settle()
      for (let next = earliest(untilMs); next; next = earliest(untilMs)) {
        timers.delete(next)
        nowMs = next.atMs
        next.then()
        await settle()
      }
      nowMs = untilMs
      await settle()
    },
    pending: () => timers.size,
  }
}

/** Lets promises that are ready run; a macrotask ends only after all of them. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
