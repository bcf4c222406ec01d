/** What the thread that holds a trace, and the thread that started it, answer each other. */

import type { JsonLimits } from '../../base/json-depth.ts'
import type { Outcome } from '../../base/outcome.ts'
import type { Analysis } from '../analysis.ts'
import type { AnalyzeOptions } from '../analyze.ts'
import type { PackOptions } from '../hypotheses/make-pack.ts'
import type { Pack } from '../hypotheses/pack-schema.ts'
import type { WrittenAnalysis } from '../report/written-analysis.ts'
import type { ModelAnalysisOptions } from '../stages/analyze-with-model.ts'
import type { AskHosted } from '../stages/retrieval/hosted-call.ts'
import type { StageHost } from '../stages/stage-host.ts'
import type { AnalysisPlan, StageProgress } from '../stages/stage-progress.ts'
import type { BodyRead } from './body-reader.ts'

export type TraceSource =
  | { readonly kind: 'file'; readonly path: string }
  /** The trace itself comes in pieces. */
  | { readonly kind: 'trace' }
  /** It stands in a JSON object that comes in pieces, as its field `trace`. */
  | { readonly kind: 'body'; readonly limits: JsonLimits }
  /** As the store of runs tells it: it comes in pieces. */
  | { readonly kind: 'stored' }

export interface ReadyTask {
  readonly options: ModelAnalysisOptions
  readonly hasHosted: boolean
}

export interface PackTask {
  readonly analysis: Analysis
  readonly options: PackOptions
}

/** Types, not interfaces: an interface has no index signature. */
export type ThreadAnswers = {
  readonly piece: (bytes: Uint8Array) => void
  readonly end: (given: undefined) => Promise<BodyRead>
  readonly analyze: (options: AnalyzeOptions) => Promise<Outcome<Analysis, string>>
  readonly analyzeWritten: (options: AnalyzeOptions) => Promise<Outcome<WrittenAnalysis, string>>
  readonly ready: (task: ReadyTask) => Promise<Outcome<AnalysisPlan, string>>
  readonly run: (given: undefined) => Promise<Outcome<Analysis, string>>
  readonly runWritten: (given: undefined) => Promise<Outcome<WrittenAnalysis, string>>
  readonly pack: (task: PackTask) => Promise<Outcome<Pack | undefined, string>>
  readonly abort: (given: undefined) => void
}

export type StarterAnswers = {
  readonly get: StageHost['get']
  readonly put: (kept: { readonly key: string; readonly answer: unknown }) => Promise<void>
  readonly sized: StageHost['sized']
  readonly plan: StageHost['plan']
  readonly send: StageHost['send']
  readonly ended: (given: undefined) => Promise<void>
  readonly askHosted: AskHosted
  readonly progress: (progress: StageProgress) => void
}
