/** Where limits are counted: takes all claims of a request or none of them. */

import type { Claim, Grant, Spent } from './claim.ts'

export interface LimitStore {
  /** `holder` is the request; what it took is given back under the same name. */
  take(holder: string, claims: readonly Claim[]): Grant
  /** Gives back what was held and corrects what was claimed by what was spent; `tookAtMs` is when it was taken. */
  settle(holder: string, claims: readonly Claim[], spent: Spent & { readonly tookAtMs: number }): void
  /** What the holders of a budget have set aside now, micro-USD, and what is spent. */
  budget(name: string): { readonly spentMicroUsd: number; readonly setAsideMicroUsd: number }
  /** Spent elsewhere or before: counted into the period of `name`. */
  addSpent(name: string, microUsd: number, endsInMs: number): void
  /** The store's own time, ms. */
  nowMs(): number
}

/** What a claim comes to when it is known what was spent. */
export function tokensBeyond(claim: Claim, { tokens }: Spent): number {
  if (claim.kind !== 'window' || claim.what !== 'tokens' || tokens === undefined) return 0
  return tokens - claim.amount
}

/** Where the cost is not known, what was set aside counts. */
export function microUsdOf(claim: Claim, { microUsd }: Spent): number {
  return claim.kind === 'budget' ? (microUsd ?? claim.amountMicroUsd) : 0
}
