/** The order of tries of one request and what became of each: plain data, stored in the ledger as it is. */

import type { Fault } from './fault.ts'

/** A model at a provider. */
export interface Target {
  readonly provider: string
  readonly model: string
}

export interface LeftOut extends Target {
  readonly because: string
  /** Where it was left out for its cost: the estimate and the cap, decimal strings. */
  readonly estimatedCostUsd?: string
  readonly capUsd?: string
}

export interface Plan {
  /** The route, or the name the caller put in `model` where it addresses a model directly. */
  readonly route: string
  /** In the order they are tried. */
  readonly targets: readonly Target[]
  readonly leftOut: readonly LeftOut[]
  readonly selectionMode: 'priority' | 'preferred' | 'requested' | 'learned' | 'explored'
}

/** What follows an attempt. `wait` and `retry` stay on the same try; `hedge` is a call that already ran beside it, `rewrite` asks the same with another prompt. */
export type NextKind =
  | 'done'
  | 'retry'
  | 'wait'
  | 'other_key'
  | 'other_model'
  | 'other_provider'
  | 'hedge'
  | 'rewrite'
  | 'give_up'

/** One call to a provider. Times are ms since the request was accepted. */
export interface Attempt extends Target {
  /** The key's fingerprint; never the key. */
  readonly key: string
  readonly startedMs: number
  readonly firstTokenMs?: number
  readonly endedMs: number
  readonly fault?: Pick<Fault, 'code' | 'class' | 'message' | 'retryAfterMs' | 'cause'>
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** Decimal string in USD; absent where the price is not known. */
  readonly costUsd?: string
  /** How it finished a stream that another target had dropped. */
  readonly recovery?: 'prefill' | 'align' | 'continue'
  /** The part of the answer's text that came from it; `toCharacter` is not counted in. */
  readonly spoke?: { readonly fromCharacter: number; readonly toCharacter: number; readonly words: number }
  /** Set where two calls ran beside each other; `because` is why the second was begun. */
  readonly hedge?: { readonly role: 'first' | 'second'; readonly because?: string }
  readonly next: NextKind
  /** Why this was next, in one sentence for people. */
  readonly because: string
}
