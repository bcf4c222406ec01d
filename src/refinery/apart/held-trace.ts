/** A trace that waits to be analysed, wherever it is held: in this thread, or in one of its own. What an analysis takes is loaded with the first: a gateway that is never asked for one starts sooner. */

import { systemClock } from '../../base/clock.ts'
import { done, type Outcome } from '../../base/outcome.ts'
import type { Analysis } from '../analysis.ts'
import type { AnalyzeOptions } from '../analyze.ts'
import type { PackOptions } from '../hypotheses/make-pack.ts'
import type { Pack } from '../hypotheses/pack-schema.ts'
import type { AnalysedTrace } from '../import/read-trace.ts'
import type { WrittenAnalysis } from '../report/written-analysis.ts'
import type { ModelAnalysisOptions, ReadyAnalysis } from '../stages/analyze-with-model.ts'
import type { AskHosted } from '../stages/retrieval/hosted-call.ts'
import type { RetrievalParts } from '../stages/retrieval/retrieval.ts'
import type { CountTokens } from '../stages/split-run.ts'
import type { StageHost } from '../stages/stage-host.ts'
import type { StageProgress } from '../stages/stage-progress.ts'
import { examineApart } from './examine.ts'
import type { Examine } from './examine-here.ts'

/** What an analysis with a model needs of whoever starts it. */
export interface StageService {
  readonly host: StageHost
  /** Absent where no provider keeps vector stores. */
  readonly askHosted?: AskHosted
  readonly onProgress: (progress: StageProgress) => void
  readonly signal: AbortSignal
}

export interface HeldReady extends ReadyAnalysis {
  /** The same as `run`, to be kept and sent. */
  runWritten(): Promise<Outcome<WrittenAnalysis, string>>
}

/** Faults are reasons in words. */
export interface HeldTrace {
  readonly id: string
  /** By the rules alone. */
  analyze(options: AnalyzeOptions): Promise<Outcome<Analysis, string>>
  /** The same, to be kept and sent. */
  analyzeWritten(options: AnalyzeOptions): Promise<Outcome<WrittenAnalysis, string>>
  /** With a model: all but its questions. */
  ready(service: StageService, options: ModelAnalysisOptions): Promise<Outcome<HeldReady, string>>
  /** What to change, as a pack; undefined where there is nothing to propose. */
  pack(analysis: Analysis, options: PackOptions): Promise<Outcome<Pack | undefined, string>>
  /** Lets go of it; a second call does nothing. */
  close(): void
}

/** In this thread; large ones are looked at by the rules in a thread of their own, unless `examine` says otherwise. */
export function heldHere(
  trace: AnalysedTrace,
  count: () => Promise<CountTokens>,
  examine: Examine = examineApart,
): HeldTrace {
  const analyze: HeldTrace['analyze'] = async (options) => {
    const examined = await examine(trace, options)
    return examined.ok ? done(examined.value.base) : examined
  }
  return {
    id: trace.id,
    analyze,
    analyzeWritten: async (options) => written(await analyze(options)),
    async ready(service, options) {
      const { readyAnalysis } = await import('../stages/analyze-with-model.ts')
      const parts = { ...service, clock: systemClock, count: await count(), examine }
      const retrieval = await retrievalOf(service)
      const { plan, run } = await readyAnalysis({ ...parts, retrieval }, trace, options)
      return done({ plan, run, runWritten: async () => written(await run()) })
    },
    async pack(analysis, options) {
      const { makePack } = await import('../hypotheses/make-pack.ts')
      return done(makePack(trace, analysis, options))
    },
    close() {},
  }
}

async function written(came: Outcome<Analysis, string>): Promise<Outcome<WrittenAnalysis, string>> {
  const { writeAnalysis } = await import('../report/written-analysis.ts')
  return came.ok ? done(writeAnalysis(came.value)) : came
}

async function retrievalOf({ askHosted, signal }: StageService): Promise<RetrievalParts> {
  const { openLocalStore: local } = await import('../stages/retrieval/local-store.ts')
  if (!askHosted) return { local }
  const { hostedStore } = await import('../stages/retrieval/hosted-store.ts')
  return { local, hosted: hostedStore({ ask: askHosted, clock: systemClock, signal }) }
}
