/** The decisions of the engine as one value: a simulation puts a wrong one in its place and sees it caught. */

import { admit, book, close, trip, wouldAdmit } from './breaker.ts'
import { circuitResults } from './circuit-results.ts'
import { afterFault, afterSuccess, healedKey, standing } from './key-health.ts'
import { hedgeAfterMs } from './latency-digest.ts'
import { makePlan } from './make-plan.ts'
import { nextStep } from './next-step.ts'
import { mayRepeat, payIn, takeOut } from './retry-budget.ts'
import { mayRewrite } from './rewrite-prompt.ts'
import { refuseShare } from './throttle.ts'

export interface Policies {
  readonly makePlan: typeof makePlan
  readonly nextStep: typeof nextStep
  readonly wouldAdmit: typeof wouldAdmit
  readonly admit: typeof admit
  readonly book: typeof book
  readonly trip: typeof trip
  readonly close: typeof close
  readonly circuitResults: typeof circuitResults
  readonly afterFault: typeof afterFault
  readonly afterSuccess: typeof afterSuccess
  readonly healedKey: typeof healedKey
  readonly standing: typeof standing
  readonly payIn: typeof payIn
  readonly mayRepeat: typeof mayRepeat
  readonly takeOut: typeof takeOut
  readonly refuseShare: typeof refuseShare
  readonly hedgeAfterMs: typeof hedgeAfterMs
  readonly mayRewrite: typeof mayRewrite
}

export const defaultPolicies: Policies = Object.freeze({
  makePlan,
  nextStep,
  wouldAdmit,
  admit,
  book,
  trip,
  close,
  circuitResults,
  afterFault,
  afterSuccess,
  healedKey,
  standing,
  payIn,
  mayRepeat,
  takeOut,
  refuseShare,
  hedgeAfterMs,
  mayRewrite,
})
