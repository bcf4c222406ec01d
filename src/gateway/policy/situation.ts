/** What the next step of a request is decided on, and what it may be. */

import type { Fault } from '../../protocol/fault.ts'
import type { NextKind, Target } from '../../protocol/plan.ts'
import type { Admission } from './breaker.ts'
import type { KeyStanding } from './key-health.ts'

export interface KeyView {
  /** Fingerprint. */
  readonly key: string
  readonly standing: KeyStanding
}

/** A target as it stands now. `keys` are in the order in which they should be lent. */
export interface TargetView extends Target {
  readonly keys: readonly KeyView[]
  readonly circuit: Admission
  /** Tokens the model reads; absent means not known. */
  readonly contextTokens?: number
  /** The pair (key, model) is known not to be allowed. */
  readonly barredKeys: ReadonlySet<string>
  /** What rules it out for this request as it stands now. */
  readonly unfit?: string
  /** False where the provider's retry budget is used up; absent means true. */
  readonly mayRepeat?: boolean
  /** Share of requests to hold back from the provider while others can answer, 0 to 1; absent means 0. */
  readonly refuseShare?: number
}

export interface Tried {
  /** Index into the targets. */
  readonly target: number
  readonly key: string
  readonly fault: Fault
}

export interface StepLimits {
  readonly max: number
  readonly sameTry: number
  readonly baseMs: number
  readonly maxMs: number
  readonly patienceMs: number
  /** A fault of no known kind ends the request instead of being tried elsewhere. */
  readonly unknownIsFatal: boolean
}

export interface Situation {
  readonly targets: readonly TargetView[]
  readonly tried: readonly Tried[]
  readonly limits: StepLimits
  /** Time left until the request's deadline, ms. */
  readonly leftMs: number
  /** In [0, 1); spreads back-off. */
  readonly chance: number
  /** In [0, 1), the same for the whole request: whether it is held back where a share is. Absent means never. */
  readonly luck?: number
  /** The prompt may be rewritten after the policy refusal that came last. */
  readonly mayRewrite?: boolean
}

/** What it takes to know how many attempts are left, and for whom. */
export interface SpentAttempts {
  readonly targets: readonly Target[]
  readonly tried: readonly Tried[]
  readonly limits: StepLimits
}

export type Step =
  | {
      readonly kind: 'call'
      readonly target: number
      readonly key: string
      readonly waitMs: number
      readonly next: NextKind
      readonly because: string
    }
  | { readonly kind: 'rewrite'; readonly because: string }
  | { readonly kind: 'give_up'; readonly fault: Fault; readonly because: string }
