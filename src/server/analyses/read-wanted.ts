/** Reads what an analysis is asked for: a trace of any known format or the id of a stored one, and what was expected of it. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { isRecord, parseJson } from '../../base/text.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Run } from '../../protocol/run.ts'
import { type AnalysedTrace, readTrace } from '../../refinery/import/read-trace.ts'
import { readJsonObject } from '../read-body.ts'

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
  plan: z.boolean().default(false).describe('only say what it would take'),
})

export type WantedAnalysis = Omit<z.infer<typeof wantedSchema>, 'trace' | 'trace_id'>

export interface WantedWithTrace {
  readonly wanted: WantedAnalysis
  readonly source: { readonly trace: AnalysedTrace } | { readonly storedId: string }
}

export function readWanted(body: unknown): Outcome<WantedWithTrace, Fault> {
  const object = readJsonObject(typeof body === 'string' ? body : '')
  if (!object.ok) return object
  const parsed = wantedSchema.safeParse(object.value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const param = issue?.path.map(String).join('.') ?? ''
    return invalid(`${param || 'the body'}: ${issue?.message ?? 'is not valid'}`, param)
  }
  const { trace, trace_id: storedId, ...wanted } = parsed.data
  if ((trace === undefined) === (storedId === undefined))
    return invalid('give either trace or trace_id', 'trace')
  if (storedId !== undefined) return done({ wanted, source: { storedId } })
  const read = readTrace(typeof trace === 'string' ? trace : JSON.stringify(trace))
  return read.ok ? done({ wanted, source: { trace: read.value } }) : invalid(`trace: ${read.fault}`, 'trace')
}

const invalid = (message: string, param: string) =>
  failed(makeFault('invalid_request', message, param ? { param } : {}))

/** From what the run store tells of a trace. */
export function storedTrace(json: string): AnalysedTrace | undefined {
  const told = parseJson(json)
  if (!isRecord(told) || !Array.isArray(told['runs'])) return undefined
  const runs = told['runs'] as readonly Run[]
  const texts = (name: string) => (Array.isArray(told[name]) ? told[name].map(String) : [])
  const project = runs[0]?.project
  return {
    id: runs[0]?.traceId ?? 'trace',
    format: runs[0]?.source ?? 'gateway',
    runs,
    orphans: texts('orphans'),
    cycles: texts('cycles'),
    ...(project ? { project } : {}),
  }
}
