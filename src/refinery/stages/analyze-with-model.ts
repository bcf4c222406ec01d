/** The analysis with a model: says what it will take, asks the four stages, and holds the answers to the trace. */

import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Analysis } from '../analysis.ts'
import type { AnalyzeOptions } from '../analyze.ts'
import type { Examine } from '../apart/examine-here.ts'
import type { EvalCase, EvalCases } from '../eval-cases.ts'
import { finalAnswer } from '../expectation.ts'
import { extractEvals } from '../extract/extract-files.ts'
import type { Failures } from '../find-failures.ts'
import type { AnalysedTrace } from '../import/read-trace.ts'
import { type Prepared, prepareStages } from './prepare-stages.ts'
import { replanner } from './replan.ts'
import { openRetrieval, queryOf, type Retrieval, type RetrievalParts } from './retrieval/retrieval.ts'
import { runStages, type StagesCame } from './run-stages.ts'
import { sendable } from './run-text.ts'
import type { CountTokens } from './split-run.ts'
import { emptyTally, type StageTally } from './stage-desk.ts'
import type { StageHost } from './stage-host.ts'
import type { AnalysisPlan, StageProgress } from './stage-progress.ts'
import { laterStages, type Stage } from './stage-schemas.ts'
import { type Asked, lines, shortened } from './stage-sections.ts'
import { callTokens, type StageSettings } from './stage-settings.ts'
import { toAnalysis } from './to-analysis.ts'

export interface ModelAnalysisParts {
  readonly host: StageHost
  readonly clock: Clock
  readonly count: CountTokens
  readonly retrieval: RetrievalParts
  /** How the rules look at the trace. */
  readonly examine: Examine
  readonly onProgress: (progress: StageProgress) => void
  readonly signal: AbortSignal
}

export interface ModelAnalysisOptions extends AnalyzeOptions {
  readonly analysisId: string
  /** Whose answers it may use again. */
  readonly tenant: string
  readonly model: string
  readonly settings: StageSettings
  /** What the agent is for, in the words of whoever asks. */
  readonly context?: string
  readonly maxCostUsd?: number
}

/** An analysis that is ready to begin: nothing was sent yet. */
export interface ReadyAnalysis {
  readonly plan: AnalysisPlan
  /** A fault is the reason in words why it cannot begin; what goes wrong later stands in the analysis. */
  run(): Promise<Outcome<Analysis, string>>
}

export async function readyAnalysis(
  parts: ModelAnalysisParts,
  trace: AnalysedTrace,
  asked: ModelAnalysisOptions,
): Promise<ReadyAnalysis> {
  const options = { ...asked, settings: await parts.host.sized(asked.settings) }
  const prepared = await prepareStages(trace, options.settings, parts.count)
  const later = laterStages(isExpected(trace, options))
  const plan = await parts.host.plan({
    runs: prepared.texts.length,
    groups: prepared.groups.map(({ inputTokens, maxOutputTokens }) => ({ inputTokens, maxOutputTokens })),
    later: prepared.groups.length === 0 ? [] : later,
  })
  return {
    plan,
    async run() {
      const dear = tooDear(plan, options.maxCostUsd)
      if (dear !== undefined) return failed(dear)
      return await runReady(parts, { trace, options, prepared, plan, later })
    },
  }
}

function tooDear(
  { estimatedCostUsd: estimate }: AnalysisPlan,
  maxCostUsd: number | undefined,
): string | undefined {
  if (maxCostUsd === undefined) return undefined
  if (estimate === undefined)
    return `the price of the model is not known, so it cannot be held to ${maxCostUsd} USD: give its prices in the configuration`
  return Number(estimate) > maxCostUsd
    ? `it would cost about ${estimate} USD, more than the ${maxCostUsd} USD it may`
    : undefined
}

interface Ready {
  readonly trace: AnalysedTrace
  readonly options: ModelAnalysisOptions
  readonly prepared: Prepared
  readonly plan: AnalysisPlan
  readonly later: readonly Stage[]
}

/** Gaps are looked for where something says what should have come out. */
const isExpected = ({ runs }: AnalysedTrace, { expected, evals = [] }: ModelAnalysisOptions): boolean =>
  expected !== '' || evals.length > 0 || extractEvals(runs).length > 0

async function runReady(parts: ModelAnalysisParts, ready: Ready): Promise<Outcome<Analysis, string>> {
  const { trace, options, prepared, plan } = ready
  const { onProgress, clock } = parts
  const { settings } = options
  const beganMs = clock.monoMs()
  onProgress({ kind: 'analysis_started', plan })
  const examined = await parts.examine(trace, rulesOf(options))
  if (!examined.ok) return examined
  const { base, failures, evals } = examined.value
  // An empty trace gives a report and asks nobody.
  if (prepared.groups.length === 0) return done(base)
  const retrieval = await openRetrieval(parts.retrieval, {
    prepared,
    settings,
    name: `refinery_${options.analysisId}`,
    query: queryOf(options.expected, failures.view.request),
  })
  if (!retrieval.ok) return retrieval
  const asking = askAll(parts, { ready, failures, evals, retrieval: retrieval.value })
  // Whatever becomes of the questions: what was uploaded for them is taken away.
  const left = await asking.then(retrieval.value.close, retrieval.value.close)
  const { tally, came } = await asking
  const tookMs = clock.monoMs() - beganMs
  onProgress({ kind: 'analysis_completed', tookMs })
  const about = { model: options.model, retrieval: settings.retrieval, tookMs }
  const analysis = toAnalysis({ trace, base, prepared, came, tally, ...about })
  return done({ ...analysis, notes: [...analysis.notes, ...retrieval.value.notes(), ...left] })
}

/** What the rules take of the options: they may cross into another thread. */
const rulesOf = ({ expected, off, suppressed, good, evals }: ModelAnalysisOptions): AnalyzeOptions => ({
  expected,
  ...(off ? { off } : {}),
  ...(suppressed ? { suppressed } : {}),
  ...(good ? { good } : {}),
  ...(evals ? { evals } : {}),
})

interface Asking {
  readonly ready: Ready
  readonly failures: Failures
  readonly evals: EvalCases
  readonly retrieval: Retrieval
}

async function askAll(
  parts: ModelAnalysisParts,
  { ready: { options, prepared, plan, later }, failures, evals, retrieval }: Asking,
): Promise<{ readonly tally: StageTally; readonly came: StagesCame }> {
  const { clock, host, count, signal, onProgress } = parts
  const { model, maxCostUsd, settings, tenant } = options
  const tally = emptyTally()
  const came = await runStages({
    desk: {
      send: host.send,
      count,
      cache: host,
      model,
      tenant,
      tally,
      maxCostUsd,
      callTokens: callTokens(settings),
      signal,
    },
    prepared,
    asked: askedOf(options, failures, evals),
    later,
    failures,
    settings,
    onProgress,
    retrieval,
    onLeft: replanner(parts, plan),
    pause: (forMs) => clock.sleep(forMs, signal),
  })
  await host.ended()
  return { tally, came }
}

const answerCharacters = 8_000

/** Characters of evaluation cases: those about this request come first. */
const evalCharacters = 6_000

function askedOf(
  { expected, context = '' }: ModelAnalysisOptions,
  { view }: Failures,
  { cases }: EvalCases,
): Asked {
  const answer = finalAnswer(view.steps)?.said ?? ''
  return {
    expected,
    context,
    evals: lines(shortened(cases.map(sendableCase), evalCharacters).kept),
    request: sendable(view.request).slice(0, answerCharacters),
    answer: sendable(answer).slice(0, answerCharacters),
  }
}

const sendableCase = ({ from, name, input, expected }: EvalCase) => ({
  from,
  name: sendable(name),
  input: sendable(input).slice(0, evalCharacters / 4),
  expected: sendable(expected).slice(0, evalCharacters / 4),
})
