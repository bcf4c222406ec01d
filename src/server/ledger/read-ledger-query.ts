/** Reads the queries of the ledger's and the events' endpoints. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { LedgerFilter, LedgerOutcome } from '../../protocol/ledger-entry.ts'
import { severities } from '../../record/event-queue.ts'
import type { EventFilter } from '../../record/event-reader.ts'
import { readCursor } from '../../record/ledger-query.ts'

const outcomes = [
  'SUCCESS',
  'MITIGATED_SUCCESS',
  'RECOVERED_SUCCESS',
  'CACHED',
  'FAILURE',
  'CANCELLED',
  'REJECTED',
  'UNKNOWN_CRASH',
] as const satisfies readonly LedgerOutcome[]

const name = z.string().min(1).max(256).optional()
const limit = z.coerce.number().int().min(1).max(1_000).default(50)
/** As ISO 8601 with ms in UTC, which sorts as text. */
const instant = z
  .string()
  .refine((text) => Number.isFinite(Date.parse(text)), 'must be an ISO 8601 time')
  .transform((text) => new Date(Date.parse(text)).toISOString())
  .optional()

const listSchema = z.strictObject({
  limit: limit.describe('entries of one page'),
  cursor: z.string().max(200).optional().describe('`next` of the page before'),
  format: z
    .enum(['json', 'ndjson', 'csv'])
    .default('json')
    .describe('ndjson and csv go on to the last entry'),
  from: instant.describe('accepted at this time or later'),
  to: instant.describe('accepted before this time'),
  outcome: z.enum(outcomes).optional().describe('how it ended'),
  provider: name.describe('the provider that answered'),
  model: name.describe('the model that answered'),
  tenant: name.describe('whose request it was'),
  segment: name.describe('value of the tag `segment`, or of the tag that `by` names'),
  by: z.string().min(1).max(64).default('segment').describe('the tag that `segment` is a value of'),
  text: name.describe('part of a preview'),
})

const eventsSchema = z.strictObject({
  limit: limit.describe('events of the answer'),
  topic: name.describe('only this topic'),
  severity: z.enum(severities).optional().describe('only this severity'),
  request: name.describe('only of this request'),
  from: instant.describe('at this time or later'),
  to: instant.describe('before this time'),
})

export const ledgerQueryFields = listSchema.shape
export const eventQueryFields = eventsSchema.shape

export interface LedgerListing {
  readonly filter: LedgerFilter
  readonly format: 'json' | 'ndjson' | 'csv'
}

export function readLedgerListing(query: unknown): Outcome<LedgerListing, Fault> {
  const read = parsed(listSchema, query)
  if (!read.ok) return read
  const { cursor, format, from: fromUtc, to: toUtc, segment, by, ...same } = read.value
  const after = cursor === undefined ? undefined : readCursor(cursor)
  if (cursor !== undefined && after === undefined)
    return failed(makeFault('invalid_request', 'cursor: must be `next` of a page', { param: 'cursor' }))
  const tagged = segment === undefined ? undefined : { tag: by, value: segment }
  return done({ format, filter: { ...same, fromUtc, toUtc, after, segment: tagged } })
}

export function readEventFilter(query: unknown): Outcome<EventFilter, Fault> {
  const read = parsed(eventsSchema, query)
  if (!read.ok) return read
  const { request: requestId, from: fromUtc, to: toUtc, ...same } = read.value
  return done({ ...same, requestId, fromUtc, toUtc })
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): Outcome<z.output<Schema>, Fault> {
  const read = schema.safeParse(value)
  if (read.success) return done(read.data)
  const issue = read.error.issues[0]
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const param = unknown ?? issue?.path.map(String).join('.')
  const says = `${param ? `${param}: ` : ''}${unknown ? 'is no parameter' : (issue?.message ?? 'is not valid')}`
  return failed(makeFault('invalid_request', says, param ? { param } : {}))
}
