/** From what keys and tenants may use to the claims of one request. */

import type { KeyLimits } from '../../protocol/access.ts'
import type { BudgetClaim, Claim } from './claim.ts'
import { microUsd } from './micro-usd.ts'
import { dayOf, monthOf } from './period.ts'

/** A key or a tenant with what it is held to; `name` is `key:ID` or `tenant:NAME`. */
export interface Held {
  readonly name: string
  readonly limits: KeyLimits
}

const minuteMs = 60_000

/** What a request takes before its body is read: its place in the minute, and one of the slots. */
export function entryClaims(held: readonly Held[], holdForMs: number): readonly Claim[] {
  return held.flatMap(({ name, limits }): Claim[] => {
    const { requestsPerMinute, concurrency } = limits
    return [
      ...(requestsPerMinute === undefined
        ? []
        : [
            {
              kind: 'window' as const,
              what: 'requests' as const,
              name: `requests:${name}`,
              limit: requestsPerMinute,
              windowMs: minuteMs,
              amount: 1,
            },
          ]),
      ...(concurrency === undefined
        ? []
        : [{ kind: 'slot' as const, name: `slots:${name}`, limit: concurrency, holdForMs }]),
    ]
  })
}

export interface Estimate {
  readonly tokens: number
  readonly microUsd: number
  readonly holdForMs: number
  readonly wallMs: number
}

/** What it takes when it is known what it asks for: tokens, and money set aside. */
export function callClaims(held: readonly Held[], estimate: Estimate): readonly Claim[] {
  return held.flatMap(({ name, limits }): Claim[] => {
    const { tokensPerMinute } = limits
    const budgets = budgetClaims({ name, limits }, estimate)
    if (tokensPerMinute === undefined) return [...budgets]
    // What is asked for in all may be above the limit where the answer's limit is; then it is let in alone.
    const amount = Math.min(estimate.tokens, tokensPerMinute)
    return [
      {
        kind: 'window',
        what: 'tokens',
        name: `tokens:${name}`,
        limit: tokensPerMinute,
        windowMs: minuteMs,
        amount,
      },
      ...budgets,
    ]
  })
}

export function hasCallLimits({ limits }: Held): boolean {
  return limits.tokensPerMinute !== undefined || hasBudget(limits)
}

export function hasBudget({ usdPerDay, usdPerMonth }: KeyLimits): boolean {
  return usdPerDay !== undefined || usdPerMonth !== undefined
}

export function budgetClaims({ name, limits }: Held, estimate: Estimate): readonly BudgetClaim[] {
  const { usdPerDay, usdPerMonth } = limits
  const periods = [
    ...(usdPerDay === undefined ? [] : [{ ...dayOf(estimate.wallMs), limit: usdPerDay }]),
    ...(usdPerMonth === undefined ? [] : [{ ...monthOf(estimate.wallMs), limit: usdPerMonth }]),
  ]
  return periods.map(({ name: period, endsInMs, limit }) => ({
    kind: 'budget',
    name: `budget:${name}:${period}`,
    limitMicroUsd: microUsd(limit),
    amountMicroUsd: estimate.microUsd,
    endsInMs,
    holdForMs: estimate.holdForMs,
  }))
}
