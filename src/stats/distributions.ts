/** Tails and quantiles of the normal, chi-square and Student's t distributions. */

import { betaI, gammaQ } from './gamma.ts'

/** P(X > x) for the chi-square distribution with `degrees` of freedom. */
export function chiSquareTail(x: number, degrees: number): number {
  return gammaQ(degrees / 2, x / 2)
}

/** P(X > z) for the standard normal distribution. */
export function normalTail(z: number): number {
  const half = gammaQ(0.5, (z * z) / 2) / 2
  return z >= 0 ? half : 1 - half
}

/** P(|X| > |t|) for Student's t; `degrees` need not be whole. */
export function studentTwoSided(t: number, degrees: number): number {
  return betaI(degrees / (degrees + t * t), degrees / 2, 0.5)
}

/** The z with P(X > z) = `tail`, 0 < tail < 1. */
export function normalQuantile(tail: number): number {
  return falling(normalTail, tail)
}

/** The t > 0 with P(|X| > t) = `alpha`. */
export function studentQuantile(alpha: number, degrees: number): number {
  return falling((t) => (t <= 0 ? 1 : studentTwoSided(t, degrees)), alpha)
}

/** Where a falling function takes `wanted`, by bisection: slow, and exact to the last bits that matter. */
function falling(of: (x: number) => number, wanted: number): number {
  let low = -1
  let high = 1
  while (of(low) < wanted) low *= 2
  while (of(high) > wanted) high *= 2
  for (let turn = 0; turn < 200 && high - low > 1e-14 * Math.max(1, Math.abs(low)); turn += 1) {
    const middle = (low + high) / 2
    if (of(middle) > wanted) low = middle
    else high = middle
  }
  return (low + high) / 2
}
