/** What would happen to a request now: plain data, the answer of `POST /v1/explain`. */

import type { LeftOut, Plan, Target } from './plan.ts'

export interface ExplainedKey {
  /** Fingerprint. */
  readonly key: string
  readonly standing: 'free' | 'resting' | 'disabled' | 'not_allowed'
  /** 0.01 to 1, for the target's model. */
  readonly health?: number
  readonly restForMs?: number
  readonly because?: string
}

export interface ExplainedTarget extends Target {
  readonly circuit: 'closed' | 'open' | 'isolated'
  readonly circuitOpenForMs?: number
  readonly keys: readonly ExplainedKey[]
  readonly estimatedCostUsd?: string
  readonly contextTokens?: number
}

export interface Explanation {
  readonly route: string
  readonly selectionMode: Plan['selectionMode']
  readonly candidates: readonly ExplainedTarget[]
  readonly leftOut: readonly LeftOut[]
  /** Rough counts: a token for each four characters. */
  readonly estimatedTokens: { readonly input: number; readonly output: number }
  readonly limits: {
    readonly totalMs: number
    readonly patienceMs: number
    readonly attempts: number
    readonly sameTry: number
    readonly costCapUsd?: number
  }
}
