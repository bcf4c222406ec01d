/** What the rules say of a trace, in this thread. */

import { done, type Outcome } from '../../base/outcome.ts'
import type { Analysis } from '../analysis.ts'
import { type AnalyzeOptions, analyze, evalsOf } from '../analyze.ts'
import type { EvalCases } from '../eval-cases.ts'
import { type Failures, findFailures } from '../find-failures.ts'
import type { AnalysedTrace } from '../import/read-trace.ts'

export interface Examined {
  readonly base: Analysis
  readonly failures: Failures
  readonly evals: EvalCases
}

/** A fault is the reason in words. */
export type Examine = (trace: AnalysedTrace, options: AnalyzeOptions) => Promise<Outcome<Examined, string>>

export const examine: Examine = async (trace, options) => done(examineHere(trace, options))

export function examineHere(trace: AnalysedTrace, options: AnalyzeOptions): Examined {
  const failures = findFailures(trace.runs, options)
  const evals = evalsOf(trace, options, failures)
  return { failures, evals, base: analyze(trace, options, failures, evals) }
}
