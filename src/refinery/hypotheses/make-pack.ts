/** A hypothesis pack from an analysis: what failed, what may be changed, ranked by evidence. Nothing where nothing failed. */

import { createHash } from 'node:crypto'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import { truncate } from '../../base/text.ts'
import { redact } from '../../record/redact.ts'
import type { Analysis, AnalysisFinding, Remediation } from '../analysis.ts'
import type { AnalysedTrace } from '../import/read-trace.ts'
import { isLengthAllowed } from './check-pack.ts'
import { type FileChange, type Hypothesis, type Pack, packSchemaAddress } from './pack-schema.ts'
import { type PromptRule, promptRules } from './prompt-rules.ts'

export interface PackOptions {
  readonly analyzedAtMs: number
  readonly version: string
  readonly tookMs: number
  /** Prompts as they stand in files: their own path is used then. */
  readonly files?: readonly { readonly path: string; readonly text: string }[]
}

const mostHypotheses = 3

/** Undefined for an analysis without a failure, or one that nothing can be proposed for. */
export function makePack(trace: AnalysedTrace, analysis: Analysis, options: PackOptions): Pack | undefined {
  if (analysis.outcome !== 'failure_found') return undefined
  const hash = diagnosisHash(analysis)
  const findings = analysis.findings.filter(({ says }) => says.length >= 10).map(toFinding)
  const hypotheses = ranked(analysis)
    .flatMap((finding) => propose({ trace, analysis, options, hash }, finding))
    .filter(({ proposed_changes: [change] }, at, all) => isFirst(all, at, change))
    .slice(0, mostHypotheses)
    .map((hypothesis, at) => ({ ...hypothesis, id: `hyp-${String(at + 1).padStart(3, '0')}` }))
  if (findings.length === 0 || hypotheses.length === 0) return undefined
  const { modelUse, method } = analysis
  return {
    $schema: packSchemaAddress,
    version: '1.0.0',
    metadata: {
      trace_id: analysis.traceId,
      project: analysis.project ?? '',
      analyzed_at: new Date(options.analyzedAtMs).toISOString(),
      refinery_version: options.version,
      analysis_model: modelUse?.servedBy.join(', ') || 'none',
      hypothesis_model: 'none',
      confidence_methodology: modelUse ? 'hybrid' : 'evidence-based-ranking',
      total_analysis_time_ms: Math.round(options.tookMs),
      simulated: method === 'simulated',
    },
    findings,
    hypotheses,
    reproducibility: {
      seed: null,
      model_params: {},
      diagnosis_hash: hash,
    },
  }
}

function isFirst(all: readonly Hypothesis[], at: number, change: FileChange | undefined): boolean {
  return all.findIndex(({ proposed_changes: [other] }) => other?.new_content === change?.new_content) === at
}

function diagnosisHash({ origin, rootCause, failureType, findings }: Analysis): string {
  const diagnosis = JSON.stringify([origin, rootCause, failureType, findings.map(({ id }) => id)])
  return `sha256:${createHash('sha256').update(diagnosis).digest('hex')}`
}

/** The origin first, then causes before symptoms, the surest first. */
function ranked({ findings, origin }: Analysis): readonly AnalysisFinding[] {
  const isOrigin = ({ evidence }: AnalysisFinding) => Number(evidence.runId === origin?.runId)
  return findings
    .filter(({ part }) => part === 'cause')
    .toSorted((one, other) => isOrigin(other) - isOrigin(one) || other.confidence - one.confidence)
}

const severityOf = (confidence: number) =>
  confidence >= 0.75 ? 'high' : confidence >= 0.5 ? 'medium' : 'low'

function toFinding({ says, evidence, confidence, category }: AnalysisFinding): Pack['findings'][number] {
  return {
    type: category === 'loop' ? 'inefficiency' : category === 'instruction_gap' ? 'gap' : 'error',
    description: truncate(says, 500),
    evidence: [{ run_id: evidence.runId, quote: truncate(evidence.quote, 1_000) }],
    severity: severityOf(confidence),
    affected_components: [evidence.agent],
  }
}

interface Making {
  readonly trace: AnalysedTrace
  readonly analysis: Analysis
  readonly options: PackOptions
  readonly hash: string
}

function propose(making: Making, finding: AnalysisFinding): readonly Hypothesis[] {
  const { analysis, hash } = making
  const remediation = analysis.remediations.find(({ runId }) => runId === finding.evidence.runId)
  const added = promptRules[finding.category]
  const change = (added && promptChange(making, finding, added)) ?? noteChange(finding, remediation)
  if (!change) return []
  const risks = added?.risks ?? ['What is proposed is a note for people, not yet a change of the program']
  return [
    {
      id: 'hyp-001',
      description: truncate(change.description, 200),
      rationale: truncate(`${added?.why ?? 'A step failed that others rely on.'} ${finding.says}.`, 1_000),
      confidence: severityOf(finding.confidence),
      risks: [...risks],
      risk_level: risks.length === 0 ? 'low' : risks.length <= 2 ? 'medium' : 'high',
      proposed_changes: [change],
      example_before: truncate(finding.evidence.quote, 500),
      example_after: truncate(added?.after ?? remediation?.action ?? '', 500),
      generation_metadata: {
        method: added ? 'rule for the kind of failure' : 'remediation as a note',
        diagnosis_hash: hash,
      },
    },
  ]
}

function promptChange(
  { trace, options }: Making,
  { evidence }: AnalysisFinding,
  added: PromptRule,
): FileChange | undefined {
  const prompts = promptsOf(trace)
  const found = prompts.find(({ runIds }) => runIds.includes(evidence.runId))
  const text = found?.text ?? ''
  const file = options.files?.find((one) => one.text.trim() === text.trim() && text.trim() !== '')
  const before = file?.text ?? text
  const after = [added.rule, added.short]
    .map((rule) => (before === '' ? `${rule}\n` : `${before.trimEnd()}\n${rule}\n`))
    .find((one) => isLengthAllowed(before, one))
  if (after === undefined) return undefined
  const path =
    file?.path ??
    `prompts/system_${String((found?.number ?? 0) + 1).padStart(2, '0')}_${slug(evidence.runId)}.md`
  return {
    file_path: path,
    change_type: 'prompt_modification',
    description: `Add a rule to the instructions of ${truncate(evidence.agent, 60)} that covers the case`,
    original_content: before,
    new_content: after,
    diff: diffOf(path, before, after),
  }
}

const diffOf = (path: string, before: string, after: string): string =>
  createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  })

/** Where no rule of a prompt mends it: a note for whoever builds the agent. */
function noteChange(
  { evidence, says }: AnalysisFinding,
  remediation: Remediation | undefined,
): FileChange | undefined {
  if (!remediation) return undefined
  const path = `orchestration/${slug(evidence.agent || evidence.runId)}.md`
  const after = `${remediation.action}.\n\nWhy: ${says}.\n`
  return {
    file_path: path,
    change_type: 'orchestration_suggestion',
    description: truncate(remediation.action, 500),
    original_content: '',
    new_content: after,
    diff: diffOf(path, '', after),
  }
}

const slug = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60) || 'agent'

interface TracePrompt {
  readonly text: string
  readonly number: number
  readonly runIds: readonly string[]
}

/** Each text of instructions once, in the order of the trace; personal data and secrets do not come along. */
function promptsOf({ runs }: AnalysedTrace): readonly TracePrompt[] {
  const byText = new Map<string, string[]>()
  for (const { id, messages } of runs) {
    const text = redact(
      messages.input
        .filter(({ role }) => role === 'system')
        .map((one) => one.text)
        .join('\n'),
    )
    if (text !== '') byText.set(text, [...(byText.get(text) ?? []), id])
  }
  return [...byText].map(([text, runIds], number) => ({ text, number, runIds }))
}
