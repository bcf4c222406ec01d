/** How much longer one command is waited for whose answer did not come: pure. */

export interface Unanswered {
  readonly nowMs: number
  readonly sentAtMs: number
  /** When the store last answered anything. */
  readonly heardAtMs: number
  /** By how much the timer of the wait was late: this process itself stood still. */
  readonly lateMs: number
  /** Longest silence of the store. */
  readonly waitMs: number
}

/** Whatever the reason, nobody waits longer than so many times the longest silence. */
const mostWaits = 10

/**
 * 0 where the store is away. One that answered others a moment ago is slow and not away, and time in which this process
 * itself stood still is not counted against it: a burst on a busy machine must not part the processes of a fleet.
 */
export function moreToWait({ nowMs, sentAtMs, heardAtMs, lateMs, waitMs }: Unanswered): number {
  if (nowMs - sentAtMs >= waitMs * mostWaits) return 0
  const silence = Math.max(0, heardAtMs + waitMs - nowMs)
  return lateMs > waitMs / 2 ? waitMs : silence
}
