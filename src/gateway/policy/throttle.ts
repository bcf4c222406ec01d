/** Adaptive throttle: the share of calls to hold back from a provider that lately answered few of them. */

import { type RollingCounts, totals } from './rolling-counts.ts'

export interface ThrottleOptions {
  /** Calls sent for each one lately answered, at least 1. */
  readonly k: number
  readonly windowMs: number
  /** Fewer calls in the window hold nothing back. */
  readonly minCalls: number
}

/**
 * 0 to below 1: `max(0, (requests − K × accepts) / (requests + 1))` (Google SRE book, "Handling Overload").
 * A call counts when its end is known, so that long calls under way are held against nobody; one that
 * was held back does not count, so that a provider that answers some calls keeps getting some.
 */
export function refuseShare(
  counts: RollingCounts | undefined,
  { k, windowMs, minCalls }: ThrottleOptions,
  nowMs: number,
): number {
  if (counts === undefined) return 0
  const { all, bad } = totals(counts, windowMs, nowMs)
  return all < minCalls ? 0 : Math.max(0, (all - k * (all - bad)) / (all + 1))
}
