/** What an analysis will take, told before its first call: pieces, tokens, lower bound, expected end, cost. */

import { loadOf } from '../../gateway/limits/scheduler/token-scheduler.ts'
import type { ModelWindow } from './engine-sender.ts'
import type { AnalysisPlan } from './stage-progress.ts'
import type { Stage } from './stage-schemas.ts'
import { callTokens, outputCap, type StageSettings } from './stage-settings.ts'

export interface PlanSizes {
  readonly runs: number
  readonly groups: readonly { readonly inputTokens: number; readonly maxOutputTokens: number }[]
}

export interface PlanParts {
  readonly settings: StageSettings
  readonly window: ModelWindow
  readonly priceOf: (inputTokens: number, outputTokens: number) => string | undefined
  readonly hasExpectation: boolean
}

/** Instructions, schema, expectation and answer of a later stage. */
const laterTokens = 1_500
/** Of what the first stage writes, so much is read again. */
const readAgain = 0.4

export async function planAnalysis({ groups, runs }: PlanSizes, parts: PlanParts): Promise<AnalysisPlan> {
  const { settings, window, priceOf, hasExpectation } = parts
  const { scheduler, profile } = window
  const first = groups.map(({ inputTokens, maxOutputTokens: cap }) => ({
    load: loadOf(inputTokens, profile.reserve('trace_analysis', cap)),
    ...expectedOf(parts, 'trace_analysis', inputTokens, cap),
  }))
  const written = first.reduce((sum, { expected }) => sum + expected.outputTokens, 0)
  const laterInput = Math.min(callTokens(settings), Math.ceil(laterTokens + readAgain * written))
  const stages: readonly Stage[] =
    groups.length === 0
      ? []
      : hasExpectation
        ? ['gap_analysis', 'diagnosis', 'synthesis']
        : ['diagnosis', 'synthesis']
  const cap = settings.outputOther ?? outputCap(Math.min(6, runs))
  const later = stages.map((stage) => {
    const tokens = profile.expectInput(stage, laterInput)
    return { load: loadOf(tokens, profile.reserve(stage, cap)), ...expectedOf(parts, stage, tokens, cap) }
  })
  const plan = await scheduler.plan(first, later)
  const input = sum([...first, ...later].map(({ expected }) => expected.inputTokens))
  const output = sum([...first, ...later].map(({ expected }) => expected.outputTokens))
  const estimatedCostUsd = priceOf(input, output)
  return {
    runs,
    groups: groups.length,
    calls: first.length + later.length,
    tokens: input + output,
    windows: plan.windows,
    lowerBoundMs: Math.round(plan.lowerBoundMs),
    endsInMs: Math.round(plan.endsInMs),
    isGuessed: profile.samples().length === 0,
    ...(estimatedCostUsd === undefined ? {} : { estimatedCostUsd }),
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)

function expectedOf({ window }: PlanParts, stage: Stage, inputTokens: number, cap: number) {
  const { outputTokens, callMs } = window.profile.expect(stage, cap)
  return { expected: loadOf(inputTokens, outputTokens), callMs }
}
