/** What an analysis with a model is made ready with: what it asks of this process, and its options. */

import type { Clock } from '../../base/clock.ts'
import { done, type Outcome } from '../../base/outcome.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { AnalyzeOptions } from '../../refinery/analyze.ts'
import type { StageService } from '../../refinery/apart/held-trace.ts'
import type { ModelAnalysisOptions } from '../../refinery/stages/analyze-with-model.ts'
import type { WindowOf } from '../../refinery/stages/engine-sender.ts'
import { createStageHost, type StageHostParts } from '../../refinery/stages/stage-host.ts'
import type { StageSettings } from '../../refinery/stages/stage-settings.ts'
import type { OpenWorks } from '../open-works.ts'
import type { HostedDesk } from './hosted-desk.ts'
import { contextOver, priceOver, stageCacheIn, targetsOf } from './model-parts.ts'

export interface ModelPlace {
  readonly works: OpenWorks
  readonly dataDir: string
  readonly clock: Clock
  /** The minute of each model. */
  readonly windows: WindowOf
  /** What is kept at providers for searches. */
  readonly hosts: HostedDesk
}

export interface ModelOrder extends Pick<StageService, 'onProgress' | 'signal'> {
  readonly analysisId: string
  readonly caller: StageHostParts['caller']
  readonly model: string
  readonly rules: AnalyzeOptions
  readonly settings: StageSettings
  readonly context?: string | undefined
  readonly maxCostUsd?: number | undefined
}

/** What the trace's `ready` takes. */
export interface ReadyArguments {
  readonly service: StageService
  readonly options: ModelAnalysisOptions
  /** The analysis is over, however it went: takes away what it has left at a provider. */
  ended(): Promise<void>
}

export function modelService(place: ModelPlace, order: ModelOrder): Outcome<ReadyArguments, Fault> {
  const { works, dataDir, clock, windows, hosts } = place
  const { analysisId, caller, model, rules, context, maxCostUsd, onProgress, signal } = order
  const targets = targetsOf(works.engine, model)
  if (!targets.ok) return targets
  const contextTokens = contextOver(targets.value, order.settings.contextTokens)
  const settings = { ...order.settings, contextTokens }
  const host = createStageHost({
    engine: works.engine,
    caller,
    clock,
    model,
    analysisId,
    cache: stageCacheIn(dataDir),
    window: windows(model),
    settings,
    priceOf: priceOver(works.config, targets.value),
    signal,
  })
  const hosted = hosts.hostFor(targets.value, { analysisId, signal })
  return done({
    ended: async () => await hosted?.end(),
    service: { host, onProgress, signal, ...(hosted ? { askHosted: hosted.ask } : {}) },
    options: {
      ...rules,
      analysisId,
      tenant: caller.tenant,
      model,
      settings,
      ...(context === undefined ? {} : { context }),
      ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
    },
  })
}
