/** An analysis: what was expected, what went wrong, where first, with what evidence, and what to change. */

import type { Category } from './categories.ts'

export type AnalysisMethod = 'deterministic' | 'model' | 'simulated'

export interface Evidence {
  readonly runId: string
  readonly agent: string
  /** Stands word for word in that run. */
  readonly quote: string
  /** What stands around it there. */
  readonly before?: string
  readonly after?: string
}

export interface AnalysisFinding {
  readonly id: string
  readonly detector: string
  readonly category: Category
  readonly title: string
  readonly says: string
  readonly part: 'cause' | 'symptom'
  /** 0 to 1. */
  readonly confidence: number
  readonly evidence: Evidence
}

export interface Origin {
  readonly runId: string
  readonly agent: string
  /** Place among the runs, from 1. */
  readonly step: number
  readonly category?: Category
  readonly says: string
  readonly quote?: string
  /** Share of the odds among all steps, 0 to 1. */
  readonly probability: number
  /** Why this step and no other, in words. */
  readonly because: readonly string[]
}

export interface Gap {
  readonly clause: string
  readonly status: 'met' | 'partial' | 'missing'
  readonly actual: string
  readonly runId?: string
}

export interface Remediation {
  readonly action: string
  readonly runId: string
  readonly agent: string
  readonly priority: 'high' | 'medium' | 'low'
}

export interface TimelineEntry {
  readonly step: number
  readonly runId: string
  readonly name: string
  readonly type: string
  readonly status: 'success' | 'error' | 'pending'
  readonly says: string
  readonly startedAtMs?: number
  readonly durationMs?: number
  readonly depth: number
  readonly findingIds: readonly string[]
}

export interface Coverage {
  readonly runsTotal: number
  readonly runsAnalyzed: number
  readonly leftOut: readonly { readonly runId: string; readonly why: string }[]
  /** By run ids, 0 to 100. */
  readonly completionPercentage: number
}

export type StepDifference =
  /** Only the good one, or only the failed one, has the step. */
  | { readonly kind: 'missing' | 'extra'; readonly good?: StepSide; readonly failed?: StepSide }
  | {
      readonly kind: 'instructions' | 'status' | 'said' | 'calls'
      readonly good: StepSide
      readonly failed: StepSide
    }

export interface StepSide {
  /** From 1. */
  readonly step: number
  readonly runId: string
  readonly agent: string
  readonly text: string
}

export interface Comparison {
  readonly goodTraceId: string
  readonly goodSteps: number
  readonly failedSteps: number
  /** Steps that both have. */
  readonly aligned: number
  /** In the order of the failed trace; the first is where they part. */
  readonly differences: readonly StepDifference[]
}

/** What the analysis asked of a model. */
export interface ModelUse {
  /** As it was asked for: a route, or provider and model. */
  readonly model: string
  /** Targets that answered. */
  readonly servedBy: readonly string[]
  readonly retrieval: string
  readonly calls: number
  /** Answers of an earlier analysis of the same that were used again. */
  readonly reused: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly tookMs: number
  /** Decimal string, as far as prices are known. */
  readonly costUsd?: string
}

export interface Analysis {
  readonly traceId: string
  readonly project?: string
  readonly format: string
  readonly method: AnalysisMethod
  readonly expected: string
  readonly request: string
  readonly outcome: 'failure_found' | 'no_failure_found' | 'could_not_evaluate'
  /** One or two sentences for people who do not program. */
  readonly summary: string
  readonly failureType?: string
  readonly rootCause?: string
  readonly origin?: Origin
  readonly findings: readonly AnalysisFinding[]
  readonly gaps: readonly Gap[]
  readonly remediations: readonly Remediation[]
  readonly coverage: Coverage
  readonly citations: { readonly checked: number; readonly struckOut: number }
  readonly timeline: readonly TimelineEntry[]
  /** With a trace that went well, where one was given. */
  readonly comparison?: Comparison
  /** What a reader must know of the data: orphans, cycles, payloads that were cut. */
  readonly notes: readonly string[]
  /** Absent where no model was asked. */
  readonly modelUse?: ModelUse
}
