/** Reads the queries of the record's routes. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Feedback } from '../../protocol/run.ts'
import type { TraceFilter } from '../../record/runs/run-questions.ts'

const name = z.string().min(1).max(500).optional()
const limit = z.coerce.number().int().min(1).max(500).default(50)
/** ISO 8601, or ms since 1970. */
const instant = z
  .string()
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text)))
  .refine((ms) => Number.isFinite(ms), 'must be an ISO 8601 time or ms since 1970')
  .optional()

const tracesQuery = z.strictObject({
  limit,
  cursor: name,
  status: z.enum(['success', 'error', 'pending']).optional(),
  source: z.enum(['gateway', 'langsmith', 'otlp', 'langfuse']).optional(),
  project: name,
  session: name,
  user: name,
  provider: name,
  model: name,
  since: instant,
  until: instant,
  min_ms: z.coerce.number().min(0).optional(),
  q: name,
  tenant: name,
})

export function readTracesQuery(query: unknown): Outcome<TraceFilter, Fault> {
  const read = parsed(tracesQuery, query)
  if (!read.ok) return read
  const { since: sinceMs, until: untilMs, min_ms: minMs, q: search, tenant: _, ...same } = read.value
  return done({ ...same, sinceMs, untilMs, minMs, search } as TraceFilter)
}

const pageQuery = z.strictObject({ limit, cursor: name, tenant: name })

export const readPageQuery = (query: unknown) => parsed(pageQuery, query)

const windowQuery = z.strictObject({
  tenant: name,
  window_s: z.coerce.number().int().min(1).max(604_800).default(3_600),
})

/** At most the last seven days; the last hour where nothing is said. */
export function readWindowQuery(query: unknown): Outcome<{ readonly windowMs: number }, Fault> {
  const read = parsed(windowQuery, query)
  return read.ok ? done({ windowMs: read.value.window_s * 1_000 }) : read
}

const feedbackBody = z.object({
  id: z.string().min(1).max(200).optional(),
  trace_id: z.string().min(1).max(500).nullish(),
  run_id: z.string().min(1).max(500).nullish(),
  key: z.string().min(1).max(200).default('score'),
  score: z.union([z.number(), z.boolean()]).nullish(),
  value: z.unknown().optional(),
  comment: z.string().max(65_536).nullish(),
  source: z.string().max(200).optional(),
  feedback_source: z.looseObject({ type: z.string().max(200).optional() }).nullish(),
})

/** LangSmith's form, of which ours is a part. */
export function readFeedback(
  body: unknown,
  given: { readonly id: string; readonly atMs: number },
): Outcome<Feedback, Fault> {
  const read = parsed(feedbackBody, body)
  if (!read.ok) return read
  const {
    id,
    trace_id: traceId,
    run_id: runId,
    key,
    score,
    value,
    comment,
    source,
    feedback_source,
  } = read.value
  if (!traceId && !runId)
    return failed(makeFault('invalid_request', 'name a run_id or a trace_id', { param: 'run_id' }))
  const from = source ?? feedback_source?.type
  return done({
    id: id ?? given.id,
    atMs: given.atMs,
    key,
    ...(traceId ? { traceId } : {}),
    ...(runId ? { runId } : {}),
    ...(score === null || score === undefined ? {} : { score: Number(score) }),
    ...(value === null || value === undefined ? {} : { value: writtenValue(value) }),
    ...(comment ? { comment } : {}),
    ...(from ? { source: from } : {}),
  })
}

const writtenValue = (value: unknown) =>
  (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 4_096)

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): Outcome<z.output<Schema>, Fault> {
  const read = schema.safeParse(value)
  if (read.success) return done(read.data)
  const issue = read.error.issues[0]
  const param = issue?.path.map(String).join('.')
  const says = `${param ? `${param}: ` : ''}${issue?.message ?? 'is not valid'}`
  return failed(makeFault('invalid_request', says, param ? { param } : {}))
}
