/** Scores with their intervals, and the comparison with a trivial rule on the same traces. */

import { wilson } from '../../src/stats/shares.ts'

export interface Guess {
  readonly step: boolean
  readonly near: boolean
  readonly agent: boolean
  readonly top3: boolean
}

/** Two-sided exact McNemar test of two rules on the same traces. */
export function mcNemar(ours: readonly boolean[], theirs: readonly boolean[]) {
  const won = ours.filter((hit, at) => hit && !theirs[at]).length
  const lost = ours.filter((hit, at) => !hit && theirs[at]).length
  const n = won + lost
  let tail = 0
  for (let k = 0; k <= Math.min(won, lost); k += 1) tail += choose(n, k) / 2 ** n
  return { won, lost, p: n === 0 ? 1 : Math.min(1, 2 * tail) }
}

function choose(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i += 1) result = (result * (n - k + i)) / i
  return result
}

export const share = (hits: readonly boolean[]) => hits.filter(Boolean).length / Math.max(1, hits.length)

export function shareText(hits: readonly boolean[]): string {
  const { low, high } = wilson({ hits: hits.filter(Boolean).length, of: Math.max(1, hits.length) })
  return `${percent(share(hits))} [${percent(low)}, ${percent(high)}]`
}

export const percent = (value: number) => (100 * value).toFixed(1)
