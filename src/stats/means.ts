/** Means: what is known of a sample by its sums, and whether two of them differ. */

import { studentQuantile, studentTwoSided } from './distributions.ts'
import type { Interval } from './shares.ts'

/** Number of values, their mean, and the sum of squared deviations from it. */
export interface Moments {
  readonly n: number
  readonly mean: number
  readonly deviations: number
}

/** In two passes, so that large values far from zero keep their small differences. */
export function momentsOf(values: readonly number[]): Moments {
  const n = values.length
  const mean = n === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / n
  return { n, mean, deviations: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) }
}

export interface MeanTest extends Interval {
  /** `one − other`. */
  readonly difference: number
  readonly p: number
}

/** Welch's t-test and interval (Welch 1947); undefined where a sample has fewer than 2 values or neither varies. */
export function welch(one: Moments, other: Moments, alpha = 0.05): MeanTest | undefined {
  if (one.n < 2 || other.n < 2) return undefined
  const a = one.deviations / (one.n - 1) / one.n
  const b = other.deviations / (other.n - 1) / other.n
  if (a + b === 0) return undefined
  const degrees = (a + b) ** 2 / (a ** 2 / (one.n - 1) + b ** 2 / (other.n - 1))
  const difference = one.mean - other.mean
  const error = Math.sqrt(a + b)
  const half = studentQuantile(alpha, degrees) * error
  return {
    difference,
    low: difference - half,
    high: difference + half,
    p: studentTwoSided(difference / error, degrees),
  }
}

/** The value below which `share` (0 to 1) of the sorted values lie, by linear interpolation; 0 where there is none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? 0
  const high = sorted[Math.ceil(at)] ?? low
  return low + (high - low) * (at - Math.floor(at))
}
