/** The words of a report: for people who do not program. */

import { entryOf } from '../../record/import/loose.ts'
import type { Analysis, AnalysisFinding, Comparison, Gap, Remediation, TimelineEntry } from '../analysis.ts'

export const titles = {
  asked: 'What was asked',
  expected: 'What should have happened',
  happened: 'What came out',
  origin: 'Where it began',
  change: 'What to change',
  clauses: 'What was expected, point by point',
  run: 'The course of events',
  compared: 'Beside a run that went well',
  steps: 'Step by step',
  about: 'About this analysis',
} as const

export function headline(analysis: Analysis): string {
  const outcome: string = analysis.outcome
  if (outcome === 'failure_found') return 'What went wrong'
  return outcome === 'no_failure_found' ? 'No failure was found' : 'This could not be judged'
}

/** Which model was asked, how often, and what that took; empty where none was. */
export function modelLine({ modelUse: use, method }: Pick<Analysis, 'modelUse' | 'method'>): string {
  if (!use) return ''
  const { model, servedBy, calls, reused, inputTokens, outputTokens, costUsd, tookMs } = use
  const others = servedBy.filter((one) => one !== model)
  const amounts = [
    `${many(calls, 'call')}`,
    `${(inputTokens + outputTokens).toLocaleString('en-US')} tokens (${inputTokens.toLocaleString('en-US')} in, ${outputTokens.toLocaleString('en-US')} out)`,
    costUsd === undefined ? 'cost not known' : `${costUsd} USD`,
    duration(tookMs),
    ...(reused > 0 ? [`${many(reused, 'answer')} of an earlier analysis used again`] : []),
  ]
  return `${method === 'simulated' ? 'Simulated model' : 'Model'}: ${model}${others.length > 0 ? `, answered by ${others.join(', ')}` : ''}. ${amounts.join(', ')}.`
}

/** `1 run`, `1,200 runs` */
export const many = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`

/** What a reader must know before anything else. */
export function warnings({ method, coverage, citations }: Analysis): readonly string[] {
  return [
    ...(method === 'simulated' ? ['SIMULATED: no model has looked at this trace.'] : []),
    ...(coverage.completionPercentage < 100
      ? [
          `Only ${coverage.completionPercentage} % of the steps were looked at (${coverage.runsAnalyzed} of ${coverage.runsTotal}).`,
        ]
      : []),
    ...(citations.struckOut > 0
      ? [
          `${citations.struckOut} quotes could not be found where they were said to stand, and were struck out.`,
        ]
      : []),
  ]
}

export const priorityWords: Readonly<Record<Remediation['priority'], string>> = {
  high: 'Do first',
  medium: 'Then',
  low: 'Worth a thought',
}

export const statusWords: Readonly<Record<Gap['status'], string>> = {
  met: 'done',
  partial: 'in part',
  missing: 'missing',
}

/** How sure a finding is, without pretending to digits. */
export function sureness({ confidence, part }: Pick<AnalysisFinding, 'confidence' | 'part'>): string {
  const how = confidence >= 0.75 ? 'quite sure' : confidence >= 0.5 ? 'likely' : 'a hint'
  return part === 'symptom' ? `${how}, a consequence` : how
}

const kinds: Readonly<Record<string, string>> = {
  llm: 'model',
  tool: 'tool',
  retriever: 'search',
  chain: 'step',
  prompt: 'message',
  embedding: 'embedding',
  parser: 'parser',
}

export const kindWord = (type: string): string => entryOf(kinds, type) ?? type

export const statusOf = ({ status }: Pick<TimelineEntry, 'status'>): string =>
  status === 'success' ? '' : status === 'error' ? 'failed' : 'never ended'

export function duration(ms: number | undefined): string {
  if (ms === undefined) return ''
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s` : `${(ms / 60_000).toFixed(1)} min`
}

export function aboutLines(analysis: Analysis): readonly string[] {
  const { method, coverage, citations, notes, format, failureType, traceId } = analysis
  const by =
    method === 'deterministic'
      ? 'by fixed rules, without a model'
      : `by a ${method === 'model' ? 'model' : 'simulated model'}`
  return [
    `Trace ${traceId}, format ${format}, analysed ${by}${failureType ? `; kind of failure: ${failureType}` : ''}`,
    `${coverage.runsAnalyzed} of ${coverage.runsTotal} steps were looked at (${coverage.completionPercentage} %)`,
    `${citations.checked} quotes were checked against their steps, ${citations.struckOut} struck out`,
    ...coverage.leftOut.map(({ runId, why }) => `${runId} was left out: ${why}`),
    ...notes,
  ]
}

export function comparisonLine({
  goodTraceId,
  goodSteps,
  failedSteps,
  aligned,
  differences,
}: Comparison): string {
  const sizes = `${failedSteps} steps here, ${goodSteps} in ${goodTraceId}; ${aligned} in common`
  const [first] = differences
  return first ? `${sizes}. They first part at ${placeOf(first)}.` : `${sizes}. They do not differ.`
}

export function placeOf({ failed, good }: Comparison['differences'][number]): string {
  if (failed) return `step ${failed.step} (${failed.agent})`
  return good ? `a step that only the good one has: ${good.agent}` : 'no step'
}

export const differenceWords: Readonly<Record<Comparison['differences'][number]['kind'], string>> = {
  missing: 'only the good one has this step',
  extra: 'only this one has this step',
  instructions: 'other instructions',
  status: 'another outcome',
  said: 'another answer',
  calls: 'other tools were called',
}
