/** Limits counted in this process. */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../../base/clock.ts'
import { type Budget, emptyBudget, expired, mayTake, setAside, setAsideMicroUsd, spend } from './budget.ts'
import type { BudgetClaim, Claim, SlotClaim, Standing, WindowClaim } from './claim.ts'
import { type LimitStore, microUsdOf, tokensBeyond } from './limit-store.ts'
import { correct, emptyWindow, type SlidingWindow, takeOf } from './sliding-window.ts'

/** Names whose windows are kept; beyond it the one that was silent longest is forgotten. */
const windowsKept = 100_000

interface Books {
  readonly windows: LRUCache<string, SlidingWindow>
  /** Name → holder → when its slot is free again, ms. */
  readonly slots: Map<string, Map<string, number>>
  readonly budgets: Map<string, { budget: Budget; readonly endsAtMs: number }>
}

export function createMemoryLimits(clock: Pick<Clock, 'monoMs'>): LimitStore {
  const books: Books = { windows: new LRUCache({ max: windowsKept }), slots: new Map(), budgets: new Map() }
  return {
    nowMs: () => clock.monoMs(),
    take(holder, claims) {
      const nowMs = clock.monoMs()
      const looked = claims.map((claim) => look(books, claim, nowMs))
      const refused = looked.findIndex(({ refusal }) => refusal !== undefined)
      const first = looked[refused]
      if (first?.refusal)
        return { granted: false, claim: refused, standing: first.standing, ...first.refusal }
      for (const { book } of looked) book(holder)
      return { granted: true, standings: looked.map(({ standing }) => standing) }
    },
    settle(holder, claims, spent) {
      const nowMs = clock.monoMs()
      for (const claim of claims) {
        if (claim.kind === 'slot') giveBack(books, claim.name, holder)
        if (claim.kind === 'budget') {
          const at = budgetAt(books, claim, nowMs)
          at.budget = spend(at.budget, holder, microUsdOf(claim, spent))
        }
        const by = tokensBeyond(claim, spent)
        if (claim.kind !== 'window' || by === 0) continue
        const window = books.windows.get(claim.name) ?? emptyWindow
        const { windowMs } = claim
        books.windows.set(claim.name, correct(window, { windowMs, by, tookAtMs: spent.tookAtMs }, nowMs))
      }
    },
    budget(name) {
      const { budget } = books.budgets.get(name) ?? { budget: emptyBudget }
      return { spentMicroUsd: budget.spentMicroUsd, setAsideMicroUsd: setAsideMicroUsd(budget) }
    },
    addSpent(name, microUsd, endsInMs) {
      const at = budgetAt(books, { name, endsInMs }, clock.monoMs())
      at.budget = { ...at.budget, spentMicroUsd: at.budget.spentMicroUsd + microUsd }
    },
  }
}

/** How a claim stands now, and how to book it where all the others are met too. */
interface Looked {
  readonly standing: Standing
  readonly refusal?: { readonly retryAfterMs?: number; readonly isSetAside?: boolean }
  readonly book: (holder: string) => void
}

function look(books: Books, claim: Claim, nowMs: number): Looked {
  if (claim.kind === 'window') return lookAtWindow(books, claim, nowMs)
  return claim.kind === 'slot' ? lookAtSlots(books, claim, nowMs) : lookAtBudget(books, claim, nowMs)
}

function lookAtWindow({ windows }: Books, claim: WindowClaim, nowMs: number): Looked {
  const { name, what, limit } = claim
  const [next, answer] = takeOf(windows.get(name) ?? emptyWindow, claim, nowMs)
  const { remaining, resetMs } = answer
  const standing = { what, limit, remaining, resetMs }
  if (answer.granted) return { standing, book: () => void windows.set(name, next) }
  const { retryAfterMs } = answer
  return { standing, refusal: retryAfterMs === undefined ? {} : { retryAfterMs }, book: () => {} }
}

/** A slot is free when another request ends, which nobody can foretell. */
const slotRetryMs = 1_000

function lookAtSlots({ slots }: Books, { name, limit, holdForMs }: SlotClaim, nowMs: number): Looked {
  const held = slots.get(name)
  if (held) for (const [holder, untilMs] of held) if (untilMs <= nowMs) held.delete(holder)
  const used = held?.size ?? 0
  const isFree = used < limit
  const remaining = Math.max(0, limit - used - (isFree ? 1 : 0))
  const standing: Standing = { what: 'concurrency', limit, remaining, resetMs: 0 }
  if (!isFree) return { standing, refusal: { retryAfterMs: slotRetryMs }, book: () => {} }
  return {
    standing,
    book(holder) {
      const own = slots.get(name) ?? new Map<string, number>()
      slots.set(name, own.set(holder, nowMs + holdForMs))
    },
  }
}

function giveBack({ slots }: Books, name: string, holder: string): void {
  const held = slots.get(name)
  held?.delete(holder)
  if (held?.size === 0) slots.delete(name)
}

function lookAtBudget(books: Books, claim: BudgetClaim, nowMs: number): Looked {
  const { limitMicroUsd: limit, amountMicroUsd: amount, endsInMs, holdForMs } = claim
  const at = budgetAt(books, claim, nowMs)
  at.budget = expired(at.budget, nowMs)
  const { spentMicroUsd } = at.budget
  const aside = setAsideMicroUsd(at.budget)
  const answer = mayTake({ spentMicroUsd, setAsideMicroUsd: aside }, limit, amount)
  const remaining = Math.max(0, limit - spentMicroUsd - aside - (answer === 'granted' ? amount : 0))
  const standing: Standing = { what: 'budget', limit, remaining, resetMs: endsInMs }
  if (answer === 'granted') {
    const untilMs = nowMs + holdForMs
    return {
      standing,
      book(holder) {
        at.budget = setAside(at.budget, { holder, microUsd: amount, untilMs })
      },
    }
  }
  const isSetAside = answer === 'wait'
  return {
    standing,
    refusal: { retryAfterMs: isSetAside ? slotRetryMs : endsInMs, isSetAside },
    book: () => {},
  }
}

/** Periods that are over are forgotten when a new one begins. */
function budgetAt(
  { budgets }: Books,
  { name, endsInMs }: Pick<BudgetClaim, 'name' | 'endsInMs'>,
  nowMs: number,
) {
  const known = budgets.get(name)
  if (known) return known
  for (const [other, { endsAtMs }] of budgets) if (endsAtMs <= nowMs) budgets.delete(other)
  const made = { budget: emptyBudget, endsAtMs: nowMs + endsInMs + 86_400_000 }
  budgets.set(name, made)
  return made
}
