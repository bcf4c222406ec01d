/** The analysis that needs no model: detectors, their ranking, the expectation's clauses, and checked citations. */

import { redact } from '../record/redact.ts'
import type { Analysis, AnalysisFinding, Origin, Remediation, TimelineEntry } from './analysis.ts'
import { categories } from './categories.ts'
import { compareTraces } from './compare/compare-traces.ts'
import { type EvalCases, type EvalFile, evalGaps, gatherEvals } from './eval-cases.ts'
import { findGaps } from './expectation.ts'
import { type Failures, type Finding, type FindOptions, findFailures, titleOf } from './find-failures.ts'
import type { AnalysedTrace } from './import/read-trace.ts'
import { signalSentences } from './origin/signals.ts'
import { type SafeQuote, safeQuote } from './safe-quote.ts'
import { isSpokenByModel, type Step, toSteps } from './step.ts'
import { excerpt, plainText } from './text-facts.ts'

export interface AnalyzeOptions extends FindOptions {
  /** What should have happened, in the words of whoever asks. */
  readonly expected: string
  /** A trace that went well, to hold this one against. */
  readonly good?: AnalysedTrace
  /** Evaluation cases that were given beside the trace. */
  readonly evals?: readonly EvalFile[]
}

/** `failures` are what the detectors found, and `evals` the cases of files and trace, where that is known already. */
export function analyze(
  trace: AnalysedTrace,
  options: AnalyzeOptions,
  failures: Failures = findFailures(trace.runs, options),
  evals: EvalCases = evalsOf(trace, options, failures),
): Analysis {
  const { steps, request } = failures.view
  const cited = failures.findings.filter((finding) => stands(finding, steps[finding.step]))
  const gaps = [...findGaps(options.expected, steps), ...evalGaps(evals.held, steps)].map((gap) => ({
    ...gap,
    actual: redact(plainText(gap.actual)),
  }))
  const isUnmet = gaps.some(({ status }) => status === 'missing')
  const origin = originOf(failures, cited, isUnmet)
  return {
    traceId: trace.id,
    ...(trace.project ? { project: trace.project } : {}),
    format: trace.format,
    method: 'deterministic',
    expected: options.expected,
    request: redact(excerpt(plainText(request), 400)),
    outcome: origin !== undefined || isUnmet ? 'failure_found' : 'no_failure_found',
    summary: summaryOf(origin, cited, { steps: steps.length, isUnmet }),
    ...diagnosisOf(origin),
    findings: cited.map((finding) => toFinding(finding, steps[finding.step])),
    gaps,
    remediations: remediationsOf(cited, origin),
    coverage: {
      runsTotal: trace.runs.length,
      runsAnalyzed: steps.length,
      leftOut: [],
      completionPercentage: 100,
    },
    citations: { checked: failures.findings.length, struckOut: failures.findings.length - cited.length },
    timeline: timelineOf(trace, steps, cited),
    ...(options.good ? { comparison: comparisonOf(options.good, trace.id, steps) } : {}),
    notes: [...notesOf(trace), ...evals.notes],
  }
}

export const evalsOf = (
  { runs }: AnalysedTrace,
  { evals = [] }: AnalyzeOptions,
  { view }: Failures,
): EvalCases => gatherEvals(evals, runs, view.request)

const comparisonOf = (good: AnalysedTrace, traceId: string, steps: readonly Step[]) =>
  compareTraces({ traceId: good.id, steps: toSteps(good.runs) }, { traceId, steps })

/** A quote must stand in the run it names. */
function stands({ quote }: Finding, step: Step | undefined): boolean {
  if (!step || quote === '') return false
  return textsOf(step).some((text) => text.includes(quote))
}

const textsOf = ({ instructions, heard, said, error = '' }: Step) => [instructions, heard, said, error]

/** Hints alone claim nothing, unless what was expected did not come out; without any sign nothing is claimed. */
function originOf(
  { ranking, view }: Failures,
  findings: readonly Finding[],
  isUnmet: boolean,
): Origin | undefined {
  const signs = findings.filter(({ part, isHint }) => !isHint || (isUnmet && part === 'cause'))
  const hasCause = signs.some(({ part }) => part === 'cause')
  const firstSign = Math.min(...signs.map(({ step }) => step))
  const from = hasCause ? ranking[0]?.step : behindSymptom(view.steps, firstSign)
  const first = ranking.find(({ step }) => step === from)
  if (!first || signs.length === 0) return undefined
  const step = view.steps[first.step]
  if (!step) return undefined
  const finding = findings.find((one) => one.step === first.step && one.part === 'cause')
  const shown = finding ?? signs.find((one) => one.step === firstSign)
  return {
    runId: step.runId,
    agent: step.agent,
    step: first.step + 1,
    says: redact(finding?.says ?? `the first sign is that ${shown?.says ?? ''}; no rule says what led to it`),
    probability: Math.round(first.probability * 1_000) / 1_000,
    because: first.because.map((name) => signalSentences[name]),
    ...(finding ? { category: finding.category, quote: evidenceOf(finding, step).quote } : {}),
  }
}

/** A step that failed is its own suspect; behind any other sign stands who spoke last before it. */
function behindSymptom(steps: readonly Step[], sign: number): number {
  if (steps[sign]?.error !== undefined) return sign
  const spoke = steps.findLast((step) => step.index <= sign && isSpokenByModel(step))
  return spoke?.index ?? sign
}

function diagnosisOf(origin: Origin | undefined): Pick<Analysis, 'origin' | 'failureType' | 'rootCause'> {
  if (!origin) return {}
  const failureType = origin.category ? categories[origin.category].failureType : undefined
  return { origin, rootCause: origin.says, ...(failureType ? { failureType } : {}) }
}

function summaryOf(
  origin: Origin | undefined,
  findings: readonly Finding[],
  { steps, isUnmet }: { readonly steps: number; readonly isUnmet: boolean },
): string {
  if (steps === 0) return 'The trace is empty: there is nothing to look at.'
  if (!origin) {
    const [oddity] = findings
    const head = isUnmet
      ? `What was expected did not come out, and no rule says why.`
      : `No failure was found in ${steps} steps.`
    return `${head}${oddity ? ` Worth a look: ${redact(oddity.says)}.` : ''}`
  }
  const title = origin.category ? titleOf(origin.category) : 'Something went wrong'
  const symptoms = findings.filter(({ part }) => part === 'symptom').length
  const later =
    symptoms === 0
      ? ''
      : ` ${symptoms} ${symptoms === 1 ? 'consequence' : 'consequences'} of it showed later.`
  return `${title}. It began in step ${origin.step} of ${steps}, at ${origin.agent}: ${origin.says}.${later}`
}

function toFinding(finding: Finding, step: Step | undefined): AnalysisFinding {
  const { id, detector, category, says, part, confidence, runId, agent } = finding
  return {
    id,
    detector,
    category,
    title: titleOf(category),
    says: redact(says),
    part,
    confidence,
    evidence: { runId, agent, ...evidenceOf(finding, step) },
  }
}

function evidenceOf({ quote }: Finding, step: Step | undefined): SafeQuote {
  const home = step && textsOf(step).find((text) => text.includes(quote))
  return home === undefined ? { quote: '[redacted]' } : safeQuote(quote, home)
}

/** What to change at the origin comes first; each action once. */
function remediationsOf(findings: readonly Finding[], origin: Origin | undefined): readonly Remediation[] {
  const seen = new Set<string>()
  return findings
    .filter(({ remedy }) => remedy !== undefined && !seen.has(remedy) && seen.add(remedy))
    .map(({ remedy = '', runId, agent, confidence }): Remediation => {
      const priority = runId === origin?.runId ? 'high' : confidence >= 0.6 ? 'medium' : 'low'
      return { action: redact(remedy), runId, agent, priority }
    })
    .sort((one, other) => rank[one.priority] - rank[other.priority])
}

const rank = { high: 0, medium: 1, low: 2 } as const

function timelineOf(
  trace: AnalysedTrace,
  steps: readonly Step[],
  findings: readonly Finding[],
): readonly TimelineEntry[] {
  const depths = new Map<string, number>()
  return trace.runs.map((run, at) => {
    const depth = run.parentId === undefined ? 0 : (depths.get(run.parentId) ?? -1) + 1
    depths.set(run.id, depth)
    const step = steps[at]
    return {
      step: at + 1,
      runId: run.id,
      name: run.name,
      type: run.runType,
      status: run.status,
      says: redact(excerpt(plainText(step?.error ?? step?.said ?? ''), 240)),
      depth,
      findingIds: findings.filter((finding) => finding.step === at).map(({ id }) => id),
      ...(run.startedAtMs === undefined ? {} : { startedAtMs: run.startedAtMs }),
      ...(step?.durationMs === undefined ? {} : { durationMs: step.durationMs }),
    }
  })
}

function notesOf({ runs, orphans, cycles, format, notes = [] }: AnalysedTrace): readonly string[] {
  return [
    ...notes,
    ...(runs.length === 0 ? ['The trace holds no runs.'] : []),
    ...(orphans.length > 0
      ? [`Parents are missing of ${orphans.length} runs: ${orphans.slice(0, 5).join(', ')}`]
      : []),
    ...(cycles.length > 0
      ? [`Runs that are among their own ancestors: ${cycles.slice(0, 5).join(', ')}`]
      : []),
    ...(format === 'json' ? ['The format is not known; the file was looked at as one piece.'] : []),
  ]
}
