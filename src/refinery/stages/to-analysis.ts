/** The stages' answers as the analysis that every report shows, beside what the detectors say for themselves. */

import { createHash } from 'node:crypto'
import { sumUsd } from '../../gateway/policy/sum-usd.ts'
import { redact } from '../../record/redact.ts'
import type { Analysis, AnalysisFinding, Gap, ModelUse, Origin, Remediation } from '../analysis.ts'
import { type Category, categories } from '../categories.ts'
import type { AnalysedTrace } from '../import/read-trace.ts'
import type { CitationBook } from './check-citations.ts'
import type { MergedEvent } from './merge-groups.ts'
import type { Prepared } from './prepare-stages.ts'
import type { StagesCame } from './run-stages.ts'
import { sendable } from './run-text.ts'
import type { StageTally } from './stage-desk.ts'
import type { Diagnosis } from './stage-schemas.ts'

export interface Gathered {
  readonly trace: AnalysedTrace
  /** What the detectors alone say. */
  readonly base: Analysis
  readonly prepared: Prepared
  readonly came: StagesCame
  readonly tally: StageTally
  readonly model: string
  readonly retrieval: string
  readonly tookMs: number
}

export function toAnalysis(gathered: Gathered): Analysis {
  const { base, came, tally, prepared, trace } = gathered
  const agents = new Map(trace.runs.map(({ id, name }) => [id, sendable(name)]))
  const origin = originOf(gathered, agents)
  const findings = came.merged.events.flatMap((event) => toFinding(event, { agents, origin }))
  const gaps = came.gaps.map(toGap)
  const isFailure = origin !== undefined || gaps.some(({ status }) => status === 'missing')
  const isEvaluated = came.diagnosis !== undefined
  const total = prepared.texts.length
  const share = total === 0 ? 100 : Math.floor((came.analyzed.size / total) * 1_000) / 10
  const { failureType: _type, rootCause: _cause, origin: _origin, ...kept } = base
  return {
    ...kept,
    method: tally.isSimulated ? 'simulated' : 'model',
    outcome: isFailure ? 'failure_found' : isEvaluated ? 'no_failure_found' : 'could_not_evaluate',
    summary: summaryOf(gathered, isEvaluated),
    ...causeOf(came.diagnosis),
    ...(origin ? { origin } : {}),
    findings,
    gaps,
    remediations: remediationsOf(came.diagnosis, agents),
    coverage: {
      runsTotal: total,
      runsAnalyzed: came.analyzed.size,
      leftOut: came.leftOut,
      completionPercentage: share,
    },
    citations: came.book.counts(),
    timeline: base.timeline.map((entry) => ({
      ...entry,
      name: sendable(entry.name),
      says: redact(came.merged.timeline.find(({ run_id: id }) => id === entry.runId)?.action ?? entry.says),
      findingIds: findings.filter(({ evidence }) => evidence.runId === entry.runId).map(({ id }) => id),
    })),
    notes: [...base.notes, ...notesOf(gathered, origin)],
    modelUse: useOf(gathered),
  }
}

function summaryOf({ came, base }: Gathered, isEvaluated: boolean): string {
  if (came.synthesis) return redact(came.synthesis.summary.executive_summary)
  const [cause] = came.diagnosis?.causes ?? []
  if (cause) return redact(cause.hypothesis)
  return isEvaluated ? base.summary : `The model’s analysis could not be evaluated. ${base.summary}`
}

/** Without a quote that stands in the run it names, the origin is only the run. */
function originOf({ came, trace, tally }: Gathered, agents: ReadonlyMap<string, string>): Origin | undefined {
  const found = came.diagnosis?.origin
  if (!found || !agents.has(found.run_id)) return undefined
  const { run_id: runId, quote, why } = found
  const stands = came.book.stands({ run_id: runId, quote })
  const category = categoryAt(came, runId)
  const sure = came.diagnosis?.confidence.primary_cause_confidence ?? 0
  return {
    runId,
    agent: agents.get(runId) ?? '',
    step: trace.runs.findIndex(({ id }) => id === runId) + 1,
    says: redact(why),
    probability: shareOf(sure),
    because: [`${[...tally.servedBy].join(', ') || 'the model'} says so; its confidence is its own estimate`],
    ...(category ? { category } : {}),
    ...(stands ? { quote: redact(quote) } : {}),
  }
}

/** Models write shares as 0.9 or as 90. */
const shareOf = (given: number) => Math.min(1, Math.max(0, given > 1 ? given / 100 : given))

function categoryAt({ merged }: StagesCame, runId: string): Category | undefined {
  const own = merged.events.filter((event) => event.run_id === runId && event.category !== null)
  return (own.find(({ event_type: type }) => type === 'error') ?? own[0])?.category ?? undefined
}

const failureTypes: Readonly<Record<Diagnosis['causes'][number]['category'], string>> = {
  prompt_engineering: 'prompt_issue',
  data_quality: 'context_issue',
  evaluation_design: 'context_issue',
  model_limitation: 'model_limitation',
  system_integration: 'orchestration_issue',
}

function causeOf(diagnosis: Diagnosis | undefined): Pick<Analysis, 'failureType' | 'rootCause'> {
  const [cause] = diagnosis?.causes ?? []
  return cause ? { failureType: failureTypes[cause.category], rootCause: redact(cause.hypothesis) } : {}
}

const confidences = { critical: 0.9, high: 0.75, medium: 0.5, low: 0.3 } as const

interface Around {
  readonly agents: ReadonlyMap<string, string>
  readonly origin: Origin | undefined
}

/** Only what shows that something went wrong, and stands on a quote. */
function toFinding(event: MergedEvent, { agents, origin }: Around): readonly AnalysisFinding[] {
  const [citation] = event.citations
  if (!citation || (event.event_type !== 'error' && event.event_type !== 'warning')) return []
  const category = event.category ?? 'failed_check'
  const id = createHash('sha256')
    .update(`model\n${event.run_id}\n${citation.quote}\n${event.description}`)
    .digest('hex')
  return [
    {
      id: `f_${id.slice(0, 12)}`,
      detector: 'model',
      category,
      title: categories[category].title,
      says: redact(event.description),
      part: event.event_type === 'error' || event.run_id === origin?.runId ? 'cause' : 'symptom',
      confidence: confidences[event.impact],
      evidence: {
        runId: citation.run_id,
        agent: agents.get(citation.run_id) ?? '',
        quote: redact(citation.quote),
      },
    },
  ]
}

function toGap(gap: StagesCame['gaps'][number]): Gap {
  const [citation] = gap.citations
  return {
    clause: gap.expectation_clause,
    status: gap.status === 'incorrect' ? 'missing' : gap.status,
    actual: redact(gap.actual_behavior),
    ...(citation ? { runId: citation.run_id } : {}),
  }
}

function remediationsOf(
  diagnosis: Diagnosis | undefined,
  agents: ReadonlyMap<string, string>,
): readonly Remediation[] {
  return (diagnosis?.remediations ?? []).map(({ action, run_id: runId, priority }) => ({
    action: redact(action).replace(/\.$/, ''),
    runId,
    agent: agents.get(runId) ?? '',
    priority: priority === 'critical' ? 'high' : priority,
  }))
}

function notesOf({ came, prepared, base }: Gathered, origin: Origin | undefined): readonly string[] {
  const { dropped } = came.merged
  const invented = struckText(came.book)
  return [
    ...prepared.notes,
    ...came.troubles,
    ...(invented === '' ? [] : [invented]),
    ...(dropped > 0 ? [`${dropped} events of the model fell with their quotes`] : []),
    ...(base.origin && origin && base.origin.runId !== origin.runId
      ? [`The detectors alone point to run ${base.origin.runId} (${base.origin.agent}) instead`]
      : []),
  ]
}

function struckText(book: CitationBook): string {
  const struck = book.struck()
  if (struck.length === 0) return ''
  const runs = [...new Set(struck.map(({ run_id: id }) => redact(id)))].slice(0, 5)
  return `${struck.length} quotes of the model stand nowhere in the runs it names and were struck out (${runs.join(', ')})`
}

function useOf({ tally, model, retrieval, tookMs }: Gathered): ModelUse {
  const costUsd = sumUsd(tally.costsUsd)
  return {
    model,
    servedBy: [...tally.servedBy],
    retrieval,
    calls: tally.calls,
    reused: tally.reused,
    inputTokens: tally.inputTokens,
    outputTokens: tally.outputTokens,
    tookMs: Math.round(tookMs),
    ...(costUsd === undefined ? {} : { costUsd }),
  }
}
