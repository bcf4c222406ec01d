/** What a request takes of the limits it is held to, and what it is told when there is not enough. */

export type LimitedThing = 'requests' | 'tokens' | 'concurrency' | 'budget'

/** So much in any span of `windowMs`, wherever it begins. */
export interface WindowClaim {
  readonly kind: 'window'
  readonly what: 'requests' | 'tokens'
  /** Whose it is; equal names share one count. */
  readonly name: string
  readonly limit: number
  readonly windowMs: number
  readonly amount: number
}

/** One of so many that run at once. */
export interface SlotClaim {
  readonly kind: 'slot'
  readonly name: string
  readonly limit: number
  /** After so long it is free again, though nobody gave it back: its process died. */
  readonly holdForMs: number
}

/** An amount of money of a period, set aside until it is known what was spent. */
export interface BudgetClaim {
  readonly kind: 'budget'
  /** Holds the period, so that a new one begins with nothing spent. */
  readonly name: string
  readonly limitMicroUsd: number
  readonly amountMicroUsd: number
  /** Until the period is over, ms. */
  readonly endsInMs: number
  readonly holdForMs: number
}

export type Claim = WindowClaim | SlotClaim | BudgetClaim

/** How a limit stands for its holder. */
export interface Standing {
  readonly what: LimitedThing
  /** Micro-USD for budgets. */
  readonly limit: number
  readonly remaining: number
  /** Until nothing of it is taken, ms. */
  readonly resetMs: number
}

export type Grant =
  | { readonly granted: true; readonly standings: readonly Standing[] }
  | {
      readonly granted: false
      /** Which of the claims was not met; nothing was taken of any. */
      readonly claim: number
      readonly standing: Standing
      /** When it may be met; absent where it never will be. */
      readonly retryAfterMs?: number
      /** It is not spent but set aside by others, so that a moment may change it. */
      readonly isSetAside?: boolean
    }

/** What is known when the request has ended. */
export interface Spent {
  /** Absent where not known: what was claimed then counts. */
  readonly tokens?: number
  readonly microUsd?: number
}
