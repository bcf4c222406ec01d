/** Stage 3 by rule: the gravest error that comes first is the origin; what later runs show of it is its chain. */

import { asList, asLoose, asText, type Loose } from '../../record/import/loose.ts'
import { type Category, categories } from '../../refinery/categories.ts'
import type { Section } from '../../refinery/stages/fenced-text.ts'
import type { Diagnosis } from '../../refinery/stages/stage-schemas.ts'
import { recordsOf } from './records-of.ts'

const weights: Readonly<Record<string, number>> = { critical: 3, high: 2, medium: 1, low: 0 }
const weightOf = (event: Loose) => weights[String(event['impact'])] ?? 0

const ofCategory = {
  prompt_issue: 'prompt_engineering',
  context_issue: 'data_quality',
  model_limitation: 'model_limitation',
  orchestration_issue: 'system_integration',
  retrieval_issue: 'data_quality',
  output_parsing_issue: 'system_integration',
} as const

const isFailureType = (name: string): name is keyof typeof ofCategory => name in ofCategory
const isCategory = (name: string): name is Category => name in categories

function causeCategory(category: unknown): Diagnosis['causes'][number]['category'] {
  const name = String(category)
  const type = isCategory(name) ? categories[name].failureType : ''
  return isFailureType(type) ? ofCategory[type] : 'system_integration'
}

export function diagnose(sections: readonly Section[]): Diagnosis {
  const events = recordsOf(sections, 'events')
  const gaps = recordsOf(sections, 'gaps').filter((gap) => gap['status'] !== 'met')
  const errors = events
    .filter((event) => event['event_type'] === 'error')
    .toSorted((one, other) => weightOf(other) - weightOf(one))
  const [origin] = errors
  const hints = recordsOf(sections, 'detectors')
  return {
    causes: errors.slice(0, 3).map((event, at) => ({
      cause_id: `cause-${at + 1}`,
      hypothesis: hypothesisOf(event),
      likelihood: at === 0 ? 'high' : 'medium',
      category: causeCategory(event['category']),
      chain_of_evidence: chainOf(event, events),
      supporting_gaps: gaps.map((gap) => String(gap['gap_id'])),
      supporting_events: [String(event['event_id'])],
    })),
    origin: origin
      ? { run_id: String(origin['run_id']), why: String(origin['description']), quote: quoteOf(origin) }
      : null,
    remediations: errors.slice(0, 3).map((event, at) => ({
      remediation_id: `remediation-${at + 1}`,
      target_cause: `cause-${at + 1}`,
      run_id: String(event['run_id']),
      action: remedyOf(event, hints),
      priority: at === 0 ? 'high' : 'medium',
      effort_estimate: 'small',
      expected_impact: 'The failure does not begin here any more',
    })),
    confidence: {
      overall: origin ? 0.7 : 0.5,
      primary_cause_confidence: origin ? 0.7 : 0,
      data_quality: 'good',
      coverage_completeness: 1,
    },
  }
}

/** Where instructions are what is missing, it says so. */
function hypothesisOf(event: Loose): string {
  const says = String(event['description'])
  if (event['category'] === 'broken_promise')
    return `The instructions lack a rule on what the agent can and cannot keep (missing instruction on memory limitations): ${says}`
  return event['category'] === 'instruction_gap' ? `The instructions do not cover the case: ${says}` : says
}

function quoteOf(event: Loose): string {
  const [first] = asList(event['citations']) ?? []
  return asText(asLoose(first)?.['quote']) ?? ''
}

function chainOf(event: Loose, events: readonly Loose[]): Diagnosis['causes'][number]['chain_of_evidence'] {
  const later = events.filter((one) => one !== event && one['event_type'] === 'warning').slice(0, 4)
  return [event, ...later].map((one, at) => ({
    step: at + 1,
    observation: String(one['description']),
    citation: { run_id: String(one['run_id']), quote: quoteOf(one) },
  }))
}

function remedyOf(event: Loose, hints: readonly Loose[]): string {
  const hint = hints.find(
    (one) => one['run_id'] === event['run_id'] && one['category'] === event['category'] && one['remedy'],
  )
  return hint ? String(hint['remedy']) : `Look at run ${event['run_id']}: ${event['description']}`
}
