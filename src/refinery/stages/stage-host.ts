/** What an analysis asks of the process that serves it, which may be in another thread: a plan, answers, and what was answered before. */

import { createHash } from 'node:crypto'
import type { Outcome } from '../../base/outcome.ts'
import { isRecord } from '../../base/text.ts'
import type { MinuteLimits } from '../../gateway/limits/scheduler/load.ts'
import { readSamples } from './call-profile.ts'
import {
  createSender,
  type ModelWindow,
  minuteOf,
  type OpenQuestion,
  type SenderParts,
} from './engine-sender.ts'
import { type PlanSizes, planAnalysis } from './plan-analysis.ts'
import type { StageCache, StageReply, StageRequest } from './stage-desk.ts'
import type { AnalysisPlan } from './stage-progress.ts'
import type { StageSettings } from './stage-settings.ts'

/** All that passes here is plain data. */
export interface StageHost extends StageCache {
  /** The settings, with the minute of the model as far as it was ever told. */
  sized(settings: StageSettings): Promise<StageSettings>
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
    async sized(given) {
      if (window.profile.samples().length === 0) recallModel(window, await cache.get(key))
      return { ...given, tokensPerMinute: minuteOf(given, window.learned() ?? {}) }
    },
    plan: (sizes) => planAnalysis(sizes, { ...parts, open, nowMs: clock.monoMs() }),
    send: (request) => send(request, signal),
    ended: () => cache.put(key, { samples: window.profile.samples(), limits: window.learned() ?? {} }),
  }
}

/** What an earlier analysis learned of the model. */
function recallModel({ profile, learn, learned }: ModelWindow, kept: unknown): void {
  for (const sample of readSamples(kept)) profile.note(sample)
  const limits = isRecord(kept) ? readLimits(kept['limits']) : undefined
  if (limits && !learned()) learn(limits)
}

function readLimits(kept: unknown): MinuteLimits | undefined {
  if (!isRecord(kept)) return undefined
  const { requests, tokens, inputTokens, outputTokens } = kept
  const known = Object.entries({ requests, tokens, inputTokens, outputTokens }).filter(
    ([, limit]) => typeof limit === 'number' && limit > 0,
  )
  return known.length > 0 ? Object.fromEntries(known) : undefined
}

const profileKey = (model: string) => `calls-${createHash('sha256').update(model).digest('hex').slice(0, 24)}`
