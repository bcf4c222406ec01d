/** What an analysis will take, told before its first call and again as answers come: pieces, tokens, lower bound, expected end, cost. */

import { loadOf } from '../../gateway/limits/scheduler/token-scheduler.ts'
import type { ModelWindow, OpenQuestion } from './engine-sender.ts'
import type { AnalysisPlan } from './stage-progress.ts'
import type { Stage } from './stage-schemas.ts'
import { callTokens, laterCap, type StageSettings } from './stage-settings.ts'

/** What is still to be answered. */
export interface PlanSizes {
  /** Of the whole trace. */
  readonly runs: number
  readonly groups: readonly GroupSize[]
  /** Stages behind the first that are to come. */
  readonly later: readonly Stage[]
  /** Since the first question, ms; 0 where absent. */
  readonly elapsedMs?: number
}

export interface GroupSize {
  readonly inputTokens: number
  readonly maxOutputTokens: number
}

export interface PlanParts {
  readonly settings: StageSettings
  readonly window: ModelWindow
  readonly priceOf: (inputTokens: number, outputTokens: number) => string | undefined
  /** Questions of this analysis that are open now, by the ids of their entries in the scheduler's log. */
  readonly open: ReadonlyMap<string, OpenQuestion>
  /** On the clock of the scheduler. */
  readonly nowMs: number
}

/** Instructions, schema, expectation and answer of a later stage. */
const laterTokens = 1_500
/** Of what the first stage writes, so much is read again. */
const readAgain = 0.4
/** A call whose like was never seen may take so much longer or shorter than it is thought to, as a share. */
const guessMayErr = 0.6
/** An end that may err by more of the whole time is a guess. */
const mostErring = 0.15

export async function planAnalysis(sizes: PlanSizes, parts: PlanParts): Promise<AnalysisPlan> {
  const { priceOf, nowMs } = parts
  const { runs, groups, elapsedMs = 0 } = sizes
  const { begun, waiting } = apart(groups, parts.open)
  const first = waiting.map((group) => pieceOf(parts, 'trace_analysis', group))
  const running = begun.map(({ id, size, beganMs }) => {
    const { expected, callMs, isGuessed } = pieceOf(parts, 'trace_analysis', size)
    return { id, expected, isGuessed, callMs: Math.max(0, beganMs + callMs - nowMs) }
  })
  const later = laterPieces(sizes, parts, [...first, ...running])
  const plan = await parts.window.scheduler.plan(
    first,
    later,
    running.map((call) => ({ ...call, endsAtMs: nowMs + call.callMs })),
  )
  const all = [...first, ...running, ...later]
  const input = sum(all.map(({ expected }) => expected.inputTokens))
  const output = sum(all.map(({ expected }) => expected.outputTokens))
  const estimatedCostUsd = priceOf(input, output)
  // Calls of the first stage run side by side: one of them is as good as all for the end.
  const guessed = [...[...first, ...running].slice(0, 1), ...later].filter(({ isGuessed }) => isGuessed)
  const guessedMs = sum(guessed.map(({ callMs }) => callMs))
  return {
    runs,
    groups: groups.length,
    calls: all.length,
    tokens: input + output,
    windows: plan.windows,
    lowerBoundMs: Math.round(plan.lowerBoundMs),
    endsInMs: Math.round(plan.endsInMs),
    isGuessed: guessMayErr * guessedMs > mostErring * (elapsedMs + plan.endsInMs),
    ...(estimatedCostUsd === undefined ? {} : { estimatedCostUsd }),
  }
}

interface Begun {
  readonly id: string
  readonly size: GroupSize
  readonly beganMs: number
}

/** Which of the groups are asked about right now: a question is known by its size. */
function apart(
  groups: readonly GroupSize[],
  open: ReadonlyMap<string, OpenQuestion>,
): { readonly begun: readonly Begun[]; readonly waiting: readonly GroupSize[] } {
  const waiting = [...groups]
  const begun = [...open].flatMap(([id, { stage, inputTokens, maxOutputTokens, beganMs }]) => {
    if (stage !== 'trace_analysis' || waiting.length === 0) return []
    const at = waiting.findIndex((group) => group.inputTokens === inputTokens)
    waiting.splice(Math.max(0, at), 1)
    return [{ id, size: { inputTokens, maxOutputTokens }, beganMs }]
  })
  return { begun, waiting }
}

function laterPieces(
  { runs, later }: PlanSizes,
  parts: PlanParts,
  first: readonly { readonly expected: { readonly outputTokens: number } }[],
) {
  const { settings, window } = parts
  const written = sum(first.map(({ expected }) => expected.outputTokens))
  const guess = Math.min(callTokens(settings), Math.ceil(laterTokens + readAgain * written))
  const maxOutputTokens = laterCap(settings, runs)
  return later.map((stage) =>
    pieceOf(parts, stage, { inputTokens: window.profile.expectInput(stage, guess), maxOutputTokens }),
  )
}

function pieceOf(
  { window: { profile } }: PlanParts,
  stage: Stage,
  { inputTokens, maxOutputTokens }: GroupSize,
) {
  const { outputTokens, callMs, isGuessed } = profile.expect(stage, maxOutputTokens)
  const load = loadOf(inputTokens, profile.reserve(stage, maxOutputTokens))
  const loadAfter = (answers: number) =>
    loadOf(inputTokens, profile.reserveAfter(stage, maxOutputTokens, answers))
  return { load, loadAfter, expected: loadOf(inputTokens, outputTokens), callMs, isGuessed }
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
