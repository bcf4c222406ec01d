/** What each stage answers: strict schemas that are sent with the question and hold the answer to it. */

import { z } from 'zod'
import { type Category, categories } from '../categories.ts'

const [firstCategory, ...otherCategories] = Object.keys(categories) as [Category, ...Category[]]
const category = z.enum([firstCategory, ...otherCategories])

/** The quote stands word for word in the run it names. */
const citation = z.strictObject({ run_id: z.string(), quote: z.string() })
const citations = z.array(citation)

const traceAnalysis = z.strictObject({
  timeline: z.array(
    z.strictObject({
      sequence: z.number(),
      run_id: z.string(),
      run_name: z.string(),
      action: z.string(),
      duration_ms: z.number().nullable(),
      status: z.enum(['success', 'error', 'partial']),
      citations,
    }),
  ),
  events: z.array(
    z.strictObject({
      event_type: z.enum(['error', 'warning', 'milestone', 'decision_point']),
      run_id: z.string(),
      description: z.string(),
      impact: z.enum(['critical', 'high', 'medium', 'low']),
      category: category.nullable(),
      citations,
    }),
  ),
  coverage: z.strictObject({
    files_scanned: z.array(z.string()),
    runs_analyzed: z.array(z.string()),
    remaining: z.array(z.string()),
    completion_percentage: z.number(),
  }),
  evidence: z.array(
    z.strictObject({
      evidence_id: z.string(),
      type: z.enum(['input', 'output', 'error', 'decision', 'context']),
      run_id: z.string(),
      content_summary: z.string(),
      citations,
    }),
  ),
})

const gapAnalysis = z.strictObject({
  gaps: z.array(
    z.strictObject({
      gap_id: z.string(),
      expectation_clause: z.string(),
      actual_behavior: z.string(),
      expected_behavior: z.string(),
      status: z.enum(['met', 'partial', 'missing', 'incorrect']),
      severity: z.enum(['critical', 'high', 'medium', 'low']),
      evidence: z.array(z.string()),
      citations,
    }),
  ),
  metrics: z.strictObject({
    expectations_met: z.number(),
    expectations_missed: z.number(),
    critical_gaps: z.number(),
    success_rate: z.number(),
  }),
  coverage: z.strictObject({
    eval_files_analyzed: z.array(z.string()),
    trace_sections_referenced: z.array(z.string()),
    additional_retrievals: z.number(),
  }),
})

const likelihood = z.enum(['very_high', 'high', 'medium', 'low', 'very_low'])

const diagnosis = z.strictObject({
  causes: z.array(
    z.strictObject({
      cause_id: z.string(),
      hypothesis: z.string(),
      likelihood,
      category: z.enum([
        'prompt_engineering',
        'data_quality',
        'model_limitation',
        'evaluation_design',
        'system_integration',
      ]),
      chain_of_evidence: z.array(z.strictObject({ step: z.number(), observation: z.string(), citation })),
      supporting_gaps: z.array(z.string()),
      supporting_events: z.array(z.string()),
    }),
  ),
  /** The run where it first went wrong; null where nothing did. */
  origin: z.strictObject({ run_id: z.string(), why: z.string(), quote: z.string() }).nullable(),
  remediations: z.array(
    z.strictObject({
      remediation_id: z.string(),
      target_cause: z.string(),
      run_id: z.string(),
      action: z.string(),
      priority: z.enum(['critical', 'high', 'medium', 'low']),
      effort_estimate: z.enum(['trivial', 'small', 'medium', 'large', 'extensive']),
      expected_impact: z.string(),
    }),
  ),
  confidence: z.strictObject({
    overall: z.number(),
    primary_cause_confidence: z.number(),
    data_quality: z.enum(['excellent', 'good', 'fair', 'poor']),
    coverage_completeness: z.number(),
  }),
})

const synthesis = z.strictObject({
  summary: z.strictObject({
    executive_summary: z.string(),
    problem_statement: z.string(),
    business_impact: z.string(),
    time_to_resolution: z.enum(['immediate', 'hours', 'days', 'weeks']),
  }),
  top_findings: z.array(
    z.strictObject({
      finding: z.string(),
      supporting_cause_ids: z.array(z.string()),
      supporting_gap_ids: z.array(z.string()),
      confidence: z.number(),
    }),
  ),
  actions_next: z.array(
    z.strictObject({
      action: z.string(),
      priority: z.enum(['critical', 'high', 'medium', 'low']),
      owner: z.enum(['domain_expert', 'engineer', 'product_manager', 'team']),
      timeline: z.string(),
      success_criteria: z.string(),
    }),
  ),
  metrics: z.strictObject({
    analysis_duration: z.string(),
    confidence_score: z.number(),
    actionable_recommendations: z.number(),
    critical_issues: z.number(),
  }),
})

export const stageSchemas = {
  trace_analysis: traceAnalysis,
  gap_analysis: gapAnalysis,
  diagnosis,
  synthesis,
}

export type Stage = keyof typeof stageSchemas
export type StageAnswer<Name extends Stage> = z.infer<(typeof stageSchemas)[Name]>
export type TraceAnalysis = StageAnswer<'trace_analysis'>
export type GapAnalysis = StageAnswer<'gap_analysis'>
export type Diagnosis = StageAnswer<'diagnosis'>
export type Synthesis = StageAnswer<'synthesis'>
export type Citation = z.infer<typeof citation>

/** JSON Schema in the subset that strict structured output takes: every field required, none besides. */
export function jsonSchemaOf(stage: Stage): Readonly<Record<string, unknown>> {
  const { $schema: _, ...schema } = z.toJSONSchema(stageSchemas[stage])
  return schema
}

/** Those behind the first, in their order; gaps are sought where something was expected. */
export const laterStages = (hasExpectation: boolean): readonly Stage[] =>
  hasExpectation ? ['gap_analysis', 'diagnosis', 'synthesis'] : ['diagnosis', 'synthesis']
