/** What a caller may ask of the gateway itself, in the request's `adaptive` object: the same in every dialect. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { type Fault, makeFault } from './fault.ts'

export const profileNames = ['chat', 'phone', 'batch', 'local', 'production', 'ci'] as const

const extensionSchema = z.looseObject({
  /** Ms; shortens the configured total, never lengthens it. */
  deadline_ms: z.number().positive().optional(),
  /** Goes first; the others follow in their order. */
  preferred_provider: z.string().optional(),
  /** The order of this request: providers, and the models of each. */
  model_priority_map: z.record(z.string(), z.array(z.string())).optional(),
  /** Targets that are estimated to cost more are left out, USD. */
  max_estimated_cost_usd: z.number().positive().optional(),
  /** A set of time limits. */
  profile: z.enum(profileNames).optional(),
  /** Targets that cannot express a field of the request are left out instead of losing it. */
  strict: z.boolean().optional(),
  /** Tags for the ledger: at most 16 are kept, of 256 characters each. */
  metadata: z.record(z.string(), z.unknown()).optional(),
  /** False forbids rewriting of this request's prompt. */
  rewrite: z.boolean().optional(),
  /** Asks for the rewritten prompt, in the header `x-adaptive-rewritten-prompt`. */
  show_rewrite: z.boolean().optional(),
  /** `read` looks up only, `write` looks up and then stores, `refresh` stores only; `off` leaves the cache out. */
  cache: z.enum(['off', 'read', 'write', 'refresh']).optional(),
})

export type Extension = Readonly<z.infer<typeof extensionSchema>>

export const noExtension: Extension = Object.freeze({})

/** The extension of a body, or a fault that names the field that is wrong. */
export function readExtension(body: Readonly<Record<string, unknown>>): Outcome<Extension, Fault> {
  const given = body['adaptive']
  if (given === undefined || given === null) return done(noExtension)
  const parsed = extensionSchema.safeParse(given)
  if (parsed.success) return done(parsed.data)
  const issue = parsed.error.issues[0]
  const param = ['adaptive', ...(issue?.path ?? [])].map(String).join('.')
  return failed(makeFault('invalid_request', `${param}: ${issue?.message ?? 'is not valid'}`, { param }))
}
