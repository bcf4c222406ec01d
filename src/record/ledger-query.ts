/** Turns a filter of the ledger into SQL: the newest first, by the time a request was accepted. */

import type { SQLInputValue } from 'node:sqlite'
import type { LedgerCursor, LedgerFilter } from '../protocol/ledger-entry.ts'
import { auditOutcome, withOutcome } from './journal-schema.ts'

export interface Query {
  readonly sql: string
  readonly values: readonly SQLInputValue[]
}

type Condition = readonly [sql: string, ...values: SQLInputValue[]]

/** Audits are no requests and stay out. */
export function ledgerQuery(filter: LedgerFilter): Query {
  const { outcome, provider, model, tenant, segment, fromUtc, toUtc, text, after, limit } = filter
  const conditions: readonly (Condition | undefined)[] = [
    outcome === undefined ? ['outcome <> ?', auditOutcome] : [withOutcome(outcome), outcome],
    fromUtc === undefined ? undefined : ['at_utc >= ?', fromUtc],
    toUtc === undefined ? undefined : ['at_utc < ?', toUtc],
    after && ['(at_utc, entries.seq) < (?, ?)', after.atUtc, after.seq],
    provider === undefined ? undefined : ['provider = ?', provider],
    model === undefined ? undefined : ['model = ?', model],
    tenant === undefined ? undefined : ['tenant = ?', tenant],
    segment && ['entries.json ->> ? = ?', `$.metadata.${JSON.stringify(segment.tag)}`, segment.value],
    text === undefined
      ? undefined
      : [
          `EXISTS (SELECT 1 FROM previews, json_each(previews.json) AS shown WHERE previews.seq = entries.seq AND shown.value LIKE ? ESCAPE '\\')`,
          `%${text.replace(/[\\%_]/g, '\\$&')}%`,
        ],
  ]
  const given = conditions.filter((condition) => condition !== undefined)
  return {
    sql: `SELECT seq, at_utc AS atUtc, json, hash FROM entries WHERE ${given.map(([sql]) => sql).join(' AND ')} ORDER BY at_utc DESC, seq DESC LIMIT ?`,
    values: [...given.flatMap(([, ...values]) => values), limit],
  }
}

/** Opaque to callers; undefined where the text is no cursor. */
export function readCursor(text: string): LedgerCursor | undefined {
  const [, atUtc, seq] = /^([0-9TZ:.-]+)~(\d+)$/.exec(Buffer.from(text, 'base64url').toString()) ?? []
  return atUtc === undefined || seq === undefined ? undefined : { atUtc, seq: Number(seq) }
}

export const writeCursor = ({ atUtc, seq }: LedgerCursor) =>
  Buffer.from(`${atUtc}~${seq}`).toString('base64url')
