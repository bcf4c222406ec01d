/** Stage 1 by the detectors: a sentence for each run, and an event for each finding. */

import { type Finding, findFailures } from '../../refinery/find-failures.ts'
import type { Section } from '../../refinery/stages/fenced-text.ts'
import { readRunTexts } from '../../refinery/stages/read-run-text.ts'
import type { TraceAnalysis } from '../../refinery/stages/stage-schemas.ts'
import type { Step } from '../../refinery/step.ts'
import { excerpt } from '../../refinery/text-facts.ts'

const quoteCharacters = 200

export function readTraceIn(sections: readonly Section[]): TraceAnalysis {
  const runs = readRunTexts(sections)
  const { view, findings, ranking } = findFailures(runs)
  const [first] = ranking
  return {
    timeline: view.steps.map((step, at) => ({
      sequence: at + 1,
      run_id: step.runId,
      run_name: step.agent,
      action: excerpt(step.error ?? (step.said || step.heard || 'said nothing'), 80),
      duration_ms: null,
      status: step.error === undefined ? 'success' : 'error',
      citations: [],
    })),
    events: findings.map((finding) => toEvent(finding, first?.step)),
    coverage: {
      files_scanned: sections
        .filter(({ title }) => title === 'group')
        .map(({ text }) => text.split('\n')[0] ?? ''),
      runs_analyzed: runs.map(({ id }) => id),
      remaining: [],
      completion_percentage: 100,
    },
    evidence: findings.map((finding, at) => ({
      evidence_id: `evidence-${at + 1}`,
      type: view.steps[finding.step]?.error === undefined ? 'output' : 'error',
      run_id: finding.runId,
      content_summary: excerpt(finding.says, 120),
      citations: [{ run_id: finding.runId, quote: finding.quote.slice(0, quoteCharacters) }],
    })),
  }
}

function toEvent(finding: Finding, origin: Step['index'] | undefined): TraceAnalysis['events'][number] {
  const { part, confidence, runId, says, category, quote, step } = finding
  const isOrigin = part === 'cause' && step === origin
  return {
    event_type: part === 'cause' ? 'error' : 'warning',
    run_id: runId,
    description: says,
    impact:
      isOrigin && confidence >= 0.6
        ? 'critical'
        : confidence >= 0.6
          ? 'high'
          : confidence >= 0.4
            ? 'medium'
            : 'low',
    category,
    citations: [{ run_id: runId, quote: quote.slice(0, quoteCharacters) }],
  }
}
