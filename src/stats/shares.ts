/** Shares (so many of so many): their intervals, and whether two of them differ. */

import { chiSquareTail, normalQuantile } from './distributions.ts'
import { logChoose } from './gamma.ts'

/** `hits` of `of` trials; whole numbers, 0 ≤ hits ≤ of. */
export interface Share {
  readonly hits: number
  readonly of: number
}

export interface Interval {
  readonly low: number
  readonly high: number
}

export const shareOf = ({ hits, of }: Share) => (of === 0 ? 0 : hits / of)

/** Wilson's score interval without continuity correction (Wilson 1927); `of` at least 1. */
export function wilson({ hits, of }: Share, alpha = 0.05): Interval {
  const z = normalQuantile(alpha / 2)
  const p = hits / of
  const middle = p + (z * z) / (2 * of)
  const half = z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))
  const scale = 1 + (z * z) / of
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) }
}

/** Interval of `one − other` from both Wilson intervals (Newcombe 1998, method 10). */
export function shareDifference(one: Share, other: Share, alpha = 0.05): Interval {
  const a = wilson(one, alpha)
  const b = wilson(other, alpha)
  const pa = shareOf(one)
  const pb = shareOf(other)
  const difference = pa - pb
  return {
    low: difference - Math.hypot(pa - a.low, b.high - pb),
    high: difference + Math.hypot(a.high - pa, pb - b.low),
  }
}

export interface ShareTest {
  readonly test: 'chi-square' | 'fisher'
  readonly p: number
}

/** Two-sided test that two shares are equal: Pearson's chi-square, or Fisher's where an expected count is below 5 (Cochran 1954). */
export function compareShares(one: Share, other: Share): ShareTest {
  const hits = one.hits + other.hits
  const of = one.of + other.of
  const leastExpected = (Math.min(one.of, other.of) * Math.min(hits, of - hits)) / of
  return leastExpected < 5
    ? { test: 'fisher', p: fisherExact(one, other) }
    : { test: 'chi-square', p: chiSquareTail(pearson(one, other), 1) }
}

/** Pearson's statistic of the 2 × 2 table, without continuity correction. */
export function pearson(one: Share, other: Share): number {
  const hits = one.hits + other.hits
  const misses = one.of + other.of - hits
  const cross = one.hits * (other.of - other.hits) - other.hits * (one.of - one.hits)
  return (cross * cross * (one.of + other.of)) / (one.of * other.of * hits * misses)
}

/** Fisher's exact test, two-sided: the sum of all tables with these margins that are no likelier than this one. */
export function fisherExact(one: Share, other: Share): number {
  const hits = one.hits + other.hits
  const all = logChoose(one.of + other.of, hits)
  const chance = (k: number) => Math.exp(logChoose(one.of, k) + logChoose(other.of, hits - k) - all)
  const seen = chance(one.hits)
  let p = 0
  for (let k = Math.max(0, hits - other.of); k <= Math.min(one.of, hits); k += 1) {
    const likely = chance(k)
    if (likely <= seen * (1 + 1e-7)) p += likely
  }
  return Math.min(1, p)
}
