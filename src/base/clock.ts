/** Time as a parameter: the one place that reads the machine's clocks and sets its timers. */

import type { StopSignal } from './stop-signal.ts'

export interface Clock {
  /** Milliseconds on a clock that never steps; for durations only. */
  monoMs(): number
  /** Milliseconds since 1970 on the wall clock, which may step; for time stamps only. */
  wallMs(): number
  /** Resolves after `forMs`, or at once when `signal` aborts; never rejects. */
  sleep(forMs: number, signal?: StopSignal): Promise<void>
  /** Calls `then` once after `forMs`; the returned function takes the timer away. */
  after(forMs: number, then: () => void): () => void
}

export const systemClock: Clock = {
  monoMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep(forMs, signal) {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, forMs)
      signal?.addEventListener('abort', done, { once: true })
    })
  },
  after(forMs, then) {
    const timer = setTimeout(then, forMs)
    return () => clearTimeout(timer)
  },
}
