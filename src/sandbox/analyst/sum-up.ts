/** Stage 4 by rule: the diagnosis in two sentences. */

import { isRecord, parseJson } from '../../base/text.ts'
import { asList, asLoose, asText, type Loose } from '../../record/import/loose.ts'
import type { Section } from '../../refinery/stages/fenced-text.ts'
import type { Synthesis } from '../../refinery/stages/stage-schemas.ts'
import { textOfSection } from './records-of.ts'

export function sumUp(sections: readonly Section[]): Synthesis {
  const parsed = parseJson(textOfSection(sections, 'diagnosis'))
  const diagnosis: Loose = isRecord(parsed) ? parsed : {}
  const [cause] = listOf(diagnosis['causes'])
  const remediations = listOf(diagnosis['remediations'])
  const problem = asText(cause?.['hypothesis']) ?? 'No failure was found in the trace'
  const action = asText(remediations[0]?.['action'])
  return {
    summary: {
      executive_summary: `${problem}.${action === undefined ? '' : ` To mend it: ${action}.`}`,
      problem_statement: problem,
      business_impact: cause ? 'The person did not get what was asked for' : 'None was seen',
      time_to_resolution: cause ? 'hours' : 'immediate',
    },
    top_findings: cause
      ? [
          {
            finding: problem,
            supporting_cause_ids: [String(cause['cause_id'])],
            supporting_gap_ids: (asList(cause['supporting_gaps']) ?? []).map(String),
            confidence: 0.7,
          },
        ]
      : [],
    actions_next: remediations.map((one) => ({
      action: String(one['action']),
      priority: 'high',
      owner: 'engineer',
      timeline: 'this week',
      success_criteria: 'The same request ends as expected',
    })),
    metrics: {
      analysis_duration: '0 s',
      confidence_score: cause ? 0.7 : 0.5,
      actionable_recommendations: remediations.length,
      critical_issues: cause ? 1 : 0,
    },
  }
}

const listOf = (value: unknown): readonly Loose[] =>
  (asList(value) ?? []).map(asLoose).filter((one) => one !== undefined)
