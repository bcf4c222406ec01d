/** Money of one period: what is spent, and what running requests have set aside until it is known. No timers, no I/O. */

export interface Budget {
  readonly spentMicroUsd: number
  /** By holder. */
  readonly setAside: ReadonlyMap<string, { readonly microUsd: number; readonly untilMs: number }>
}

export const emptyBudget: Budget = { spentMicroUsd: 0, setAside: new Map() }

export function setAsideMicroUsd({ setAside }: Budget): number {
  let sum = 0
  for (const { microUsd } of setAside.values()) sum += microUsd
  return sum
}

/** `wait`: others have set aside what is missing; `spent`: nothing is left in this period. */
export type BudgetAnswer = 'granted' | 'wait' | 'spent'

/**
 * An amount is granted where it fits beside what is spent and set aside. Estimates are often too large, so that
 * the last of a budget goes to one request alone though its estimate does not fit: a budget is overspent by at most
 * that one request, and never by several at once.
 */
export function mayTake(
  budget: { readonly spentMicroUsd: number; readonly setAsideMicroUsd: number },
  limitMicroUsd: number,
  amountMicroUsd: number,
): BudgetAnswer {
  const { spentMicroUsd: spent, setAsideMicroUsd: aside } = budget
  if (spent >= limitMicroUsd) return 'spent'
  if (spent + aside + amountMicroUsd <= limitMicroUsd || aside === 0) return 'granted'
  return 'wait'
}

export interface Setting {
  readonly holder: string
  readonly microUsd: number
  readonly untilMs: number
}

export function setAside(budget: Budget, { holder, microUsd, untilMs }: Setting): Budget {
  return { ...budget, setAside: new Map(budget.setAside).set(holder, { microUsd, untilMs }) }
}

/** Without what was set aside by holders who never came back. */
export function expired(budget: Budget, nowMs: number): Budget {
  const live = [...budget.setAside].filter(([, { untilMs }]) => untilMs > nowMs)
  return live.length === budget.setAside.size ? budget : { ...budget, setAside: new Map(live) }
}

/** What a holder set aside is given back and what it spent is counted: also where its setting aside had expired. */
export function spend(budget: Budget, holder: string, microUsd: number): Budget {
  const rest = new Map(budget.setAside)
  rest.delete(holder)
  return { spentMicroUsd: budget.spentMicroUsd + microUsd, setAside: rest }
}
