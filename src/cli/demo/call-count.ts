/** Counts what one caller met: sent, answered, failed, and how long the middle answer took. */

import type { Outcome } from '../../base/outcome.ts'

export interface CallCounts {
  readonly sent: number
  readonly answered: number
  readonly failed: number
  /** Half of the answers took at most this long, ms to one decimal; absent before the first. */
  readonly p50Ms?: number
  /** The first few reasons. */
  readonly reasons: readonly string[]
}

export interface CallCount {
  sent(): void
  /** Ms of the answer, or why there was none. */
  ended(outcome: Outcome<number, string>): void
  view(): CallCounts
}

const reasonsKept = 3

export function createCallCount(): CallCount {
  let sent = 0
  let failed = 0
  const tookMs: number[] = []
  const reasons: string[] = []
  return {
    sent() {
      sent += 1
    },
    ended(outcome) {
      if (outcome.ok) tookMs.push(outcome.value)
      else {
        failed += 1
        if (reasons.length < reasonsKept && !reasons.includes(outcome.fault)) reasons.push(outcome.fault)
      }
    },
    view() {
      const p50Ms = median(tookMs)
      return { sent, answered: tookMs.length, failed, ...(p50Ms === undefined ? {} : { p50Ms }), reasons }
    },
  }
}

/** The lower of the two middle values, to one decimal. */
export function median(values: readonly number[]): number | undefined {
  const middle = values.toSorted((one, other) => one - other)[Math.ceil(values.length / 2) - 1]
  return middle === undefined ? undefined : Math.round(middle * 10) / 10
}
