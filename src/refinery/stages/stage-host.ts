/** What an analysis asks of the process that serves it, which may be in another thread: a plan, answers, and what was answered before. */

import { createHash } from 'node:crypto'
import type { Outcome } from '../../base/outcome.ts'
import { readSamples } from './call-profile.ts'
import { createSender, type OpenQuestion, type SenderParts } from './engine-sender.ts'
import { type PlanSizes, planAnalysis } from './plan-analysis.ts'
import type { StageCache, StageReply, StageRequest } from './stage-desk.ts'
import type { AnalysisPlan } from './stage-progress.ts'
import type { StageSettings } from './stage-settings.ts'

/** All that passes here is plain data. */
export interface StageHost extends StageCache {
  /** What questions of these sizes will take, asked from now on. */
  plan(sizes: PlanSizes): Promise<AnalysisPlan>
  /** A fault is the reason in words. */
  send(request: StageRequest): Promise<Outcome<StageReply, string>>
  /** The last question was answered: keeps what was learned of the model. */
  ended(): Promise<void>
}

export interface StageHostParts extends Omit<SenderParts, 'temperature' | 'open'> {
  readonly cache: StageCache
  readonly settings: StageSettings
  readonly hasExpectation: boolean
  /** Decimal string in USD for so many tokens; undefined where the price is not known. */
  readonly priceOf: (inputTokens: number, outputTokens: number) => string | undefined
  readonly signal: AbortSignal
}

/** Of one analysis. */
export function createStageHost(parts: StageHostParts): StageHost {
  const { cache, window, model, signal, settings, clock } = parts
  const open = new Map<string, OpenQuestion>()
  const send = createSender({ ...parts, open, temperature: settings.temperature })
  const key = profileKey(model)
  return {
    get: (asked) => cache.get(asked),
    put: (answered, answer) => cache.put(answered, answer),
    async plan(sizes) {
      if (window.profile.samples().length === 0)
        for (const sample of readSamples(await cache.get(key))) window.profile.note(sample)
      return planAnalysis(sizes, { ...parts, open, nowMs: clock.monoMs() })
    },
    send: (request) => send(request, signal),
    ended: () => cache.put(key, { samples: window.profile.samples() }),
  }
}

const profileKey = (model: string) => `calls-${createHash('sha256').update(model).digest('hex').slice(0, 24)}`
