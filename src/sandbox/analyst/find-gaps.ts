/** Stage 2 by words in common: each clause of the expectation held against the final answer. */

import type { Run } from '../../protocol/run.ts'
import { type EvalCase, evalGaps, isSameRequest } from '../../refinery/eval-cases.ts'
import { findGaps } from '../../refinery/expectation.ts'
import type { Section } from '../../refinery/stages/fenced-text.ts'
import type { GapAnalysis } from '../../refinery/stages/stage-schemas.ts'
import { toSteps } from '../../refinery/step.ts'
import { recordsOf, textOfSection } from './records-of.ts'

export function findGapsIn(sections: readonly Section[]): GapAnalysis {
  const expected = textOfSection(sections, 'expectation')
  const steps = toSteps([answerRun(textOfSection(sections, 'final answer'))])
  const cases = recordsOf(sections, 'evaluation cases').map(toCase)
  const request = textOfSection(sections, 'request')
  const about = cases.filter(({ from, input }) => from === 'file' && isSameRequest(input, request))
  const found = [...findGaps(expected, steps), ...evalGaps(about, steps)]
  const events = recordsOf(sections, 'events').filter((event) => event['event_type'] === 'error')
  const ids = events.map((event) => String(event['event_id'])).slice(0, 3)
  const gaps = found.map(({ clause, status, actual }, at) => ({
    gap_id: `gap-${at + 1}`,
    expectation_clause: clause,
    actual_behavior: actual,
    expected_behavior: clause,
    status,
    severity:
      status === 'missing'
        ? ('high' as const)
        : status === 'partial'
          ? ('medium' as const)
          : ('low' as const),
    evidence: status === 'met' ? [] : ids,
    citations: [],
  }))
  const met = gaps.filter(({ status }) => status === 'met').length
  return {
    gaps,
    metrics: {
      expectations_met: met,
      expectations_missed: gaps.length - met,
      critical_gaps: gaps.filter(({ status }) => status === 'missing').length,
      success_rate: gaps.length === 0 ? 1 : met / gaps.length,
    },
    coverage: {
      eval_files_analyzed: cases.map(({ name }) => name),
      trace_sections_referenced: ['final answer'],
      additional_retrievals: 0,
    },
  }
}

const toCase = ({ from, name, input, expected }: Record<string, unknown>): EvalCase => ({
  from: from === 'file' ? from : 'trace',
  name: String(name),
  input: String(input),
  expected: String(expected),
})

const answerRun = (text: string): Run => ({
  id: 'answer',
  traceId: 'answer',
  name: 'answer',
  runType: 'llm',
  status: 'success',
  source: 'langsmith',
  messages: { input: [], output: [{ role: 'assistant', text }] },
  tags: [],
  metadata: {},
})
