/** A hypothesis pack, version 1: what may be changed and why, as a file that people and programs read. */

import { z } from 'zod'

/** Where a change may go. */
export const allowedPath = /^(prompts|config|orchestration|tests|evals)\/(?!(?:.*\/)?\.\.(?:\/|$))[\w./-]+$/

export const packSchemaAddress = 'urn:adaptive-mind:hypothesis-pack:1'

const changeSchema = z.strictObject({
  file_path: z.string().regex(allowedPath).max(200),
  change_type: z.enum([
    'prompt_modification',
    'eval_modification',
    'config_change',
    'orchestration_suggestion',
  ]),
  description: z.string().min(1).max(500),
  original_content: z.string(),
  new_content: z.string(),
  /** Unified diff of the two. */
  diff: z.string().optional(),
})

const confidence = z.enum(['low', 'medium', 'high'])
const severity = z.enum(['critical', 'high', 'medium', 'low'])

const findingSchema = z.strictObject({
  type: z.enum(['gap', 'error', 'inefficiency']),
  description: z.string().min(10).max(500),
  evidence: z.array(z.strictObject({ run_id: z.string(), quote: z.string().max(1_000) })).min(1),
  severity,
  affected_components: z.array(z.string()).optional(),
})

const hypothesisSchema = z.strictObject({
  id: z.string().regex(/^hyp-\d{3}$/),
  description: z.string().min(10).max(200),
  rationale: z.string().min(20).max(1_000),
  confidence,
  risks: z.array(z.string().max(500)),
  /** By the number of risks: none is low, one or two are medium. */
  risk_level: z.enum(['low', 'medium', 'high']),
  proposed_changes: z.array(changeSchema).min(1).max(10),
  example_before: z.string().max(500),
  example_after: z.string().max(500),
  generation_metadata: z.strictObject({ method: z.string(), diagnosis_hash: z.string() }),
})

export const packSchema = z.strictObject({
  $schema: z.string(),
  version: z.literal('1.0.0'),
  metadata: z.strictObject({
    trace_id: z.string(),
    project: z.string(),
    analyzed_at: z.string(),
    refinery_version: z.string(),
    analysis_model: z.string(),
    hypothesis_model: z.string(),
    confidence_methodology: z.enum(['evidence-based-ranking', 'llm-self-assessment', 'hybrid']),
    total_analysis_time_ms: z.number().min(0),
    simulated: z.boolean(),
  }),
  findings: z.array(findingSchema).min(1),
  hypotheses: z.array(hypothesisSchema).min(1).max(5),
  reproducibility: z.strictObject({
    seed: z.number().nullable(),
    model_params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    diagnosis_hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  }),
})

export type Pack = z.infer<typeof packSchema>
export type Hypothesis = Pack['hypotheses'][number]
export type FileChange = Hypothesis['proposed_changes'][number]
