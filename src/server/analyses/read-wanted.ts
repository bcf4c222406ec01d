/** Reads what an analysis is asked for: a trace of any known format or the id of a stored one, and what was expected of it. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import { type AnalysedTrace, readTrace } from '../../refinery/import/read-trace.ts'
import { readJsonObject } from '../read-body.ts'
import type { TakenBody } from './take-body.ts'

export const wantedSchema = z.strictObject({
  trace: z.unknown().optional().describe('the trace itself, in any format that `analyze` reads'),
  trace_id: z.string().min(1).max(200).optional().describe('or the id of a stored trace'),
  expected: z.string().max(20_000).default('').describe('what should have happened'),
  context: z.string().max(20_000).optional().describe('what the agent is for'),
  model: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('a route, or provider/model; the detectors alone where not given'),
  retrieval: z.enum(['inline', 'local', 'hosted']).optional(),
  max_cost_usd: z.number().min(0).optional().describe('begins only where it is thought to cost less'),
  off: z.array(z.string().max(100)).max(100).default([]).describe('detectors to leave out'),
  evals: z
    .array(z.strictObject({ path: z.string().min(1).max(500), text: z.string().max(200_000) }))
    .max(100)
    .default([])
    .describe('files of evaluation cases: what should come out for which request'),
  plan: z.boolean().default(false).describe('only say what it would take'),
})

export type WantedAnalysis = Omit<z.infer<typeof wantedSchema>, 'trace' | 'trace_id'>

export interface WantedWithTrace {
  readonly wanted: WantedAnalysis
  readonly source: { readonly trace: HeldTrace } | { readonly storedId: string }
}

/** `hold` takes traces that are read here. */
export function readWanted(
  taken: TakenBody,
  hold: (trace: AnalysedTrace) => HeldTrace,
): Outcome<WantedWithTrace, Fault> {
  const body = taken.kind === 'text' ? readJsonObject(taken.text) : done(taken.rest)
  if (!body.ok) return body
  const parsed = wantedSchema.safeParse(body.value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const param = issue?.path.map(String).join('.') ?? ''
    return invalid(`${param || 'the body'}: ${issue?.message ?? 'is not valid'}`, param)
  }
  const { trace, trace_id: storedId, ...wanted } = parsed.data
  const read = taken.kind === 'read' ? taken.trace : trace === undefined ? undefined : readHere(trace, hold)
  if ((read === undefined) === (storedId === undefined))
    return invalid('give either trace or trace_id', 'trace')
  if (storedId !== undefined) return done({ wanted, source: { storedId } })
  if (!read?.ok) return invalid(`trace: ${read?.fault}`, 'trace')
  return done({ wanted, source: { trace: read.value } })
}

function readHere(trace: unknown, hold: (trace: AnalysedTrace) => HeldTrace): Outcome<HeldTrace, string> {
  const read = readTrace(typeof trace === 'string' ? trace : JSON.stringify(trace))
  return read.ok ? done(hold(read.value)) : read
}

const invalid = (message: string, param: string) =>
  failed(makeFault('invalid_request', message, param ? { param } : {}))
