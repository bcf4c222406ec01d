/** Reads the ledger, beside a running writer too. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import type {
  AuditEntry,
  LedgerEntry,
  LedgerFilter,
  LedgerPreviews,
  LedgerReader,
  LedgerRow,
} from '../protocol/ledger-entry.ts'
import { journalFile } from './data-directory.ts'
import { auditOutcome, schemaVersion, withOutcome } from './journal-schema.ts'
import { ledgerQuery } from './ledger-query.ts'
import type { StoredRow } from './verify-ledger.ts'

/** What only the installation's own commands read. */
export interface JournalReader extends LedgerReader {
  /** What `list` gives, as the texts they are stored as. */
  rows(filter: LedgerFilter): readonly (LedgerRow & { readonly atUtc: string })[]
  /** With the columns and texts beside each entry. */
  eachStored(): Iterable<StoredRow>
  meta(name: string): string | undefined
  /** The encrypted content of an entry, where it is kept. */
  sealedContent(seq: number): string | undefined
  /** Ids of the requests made for a person, by the keyed hash of the person. */
  requestsOf(subjectHash: string): readonly string[]
}

export function openLedgerReader(dir: string): Outcome<JournalReader, string> {
  const path = journalFile(dir)
  if (!existsSync(path))
    return failed(
      `there is no ledger in ${dir}: start the gateway once, or name another directory with --data`,
    )
  try {
    const db = new DatabaseSync(path, { readOnly: true })
    db.exec('PRAGMA busy_timeout=5000')
    const wrong = wrongVersion(db, path)
    if (wrong === undefined) return done(readerOf(db))
    db.close()
    return failed(wrong)
  } catch (error) {
    return failed(`${path} cannot be read: ${reasonOf(error)}`)
  }
}

function wrongVersion(db: DatabaseSync, path: string): string | undefined {
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (found > schemaVersion) return `${path} was written by a newer version (schema ${found}): use that one`
  if (found < schemaVersion)
    return `${path} was written by an older version (schema ${found}): start the gateway once to bring it up to date`
  return undefined
}

function readerOf(db: DatabaseSync): JournalReader {
  return {
    rows: (filter) => rows(db, filter),
    list: (filter) => rows(db, filter).map((row) => withHash<LedgerEntry>(row)),
    audits: (limit) =>
      db
        .prepare(
          `SELECT seq, json, hash FROM entries WHERE ${withOutcome(auditOutcome)} ORDER BY at_utc DESC, seq DESC LIMIT ?`,
        )
        .all(auditOutcome, limit)
        .map((row) => withHash<AuditEntry>(row as unknown as LedgerRow)),
    show: (requestId) => show(db, requestId),
    each: () => db.prepare('SELECT seq, json, hash FROM entries ORDER BY seq').iterate() as Iterable<never>,
    eachStored: () => eachStored(db),
    meta: (name) =>
      (db.prepare('SELECT value FROM meta WHERE name = ?').get(name) as { value: string } | undefined)?.value,
    sealedContent: (seq) =>
      (db.prepare('SELECT sealed FROM content WHERE seq = ?').get(seq) as { sealed: string } | undefined)
        ?.sealed,
    requestsOf: (subjectHash) =>
      db
        .prepare(`SELECT request_id FROM entries WHERE json ->> '$.subjectHash' = ? ORDER BY seq`)
        .all(subjectHash)
        .map((row) => String(row['request_id'])),
    close: () => db.close(),
  }
}

function rows(db: DatabaseSync, filter: LedgerFilter): readonly (LedgerRow & { readonly atUtc: string })[] {
  const { sql, values } = ledgerQuery(filter)
  return db.prepare(sql).all(...values) as unknown as (LedgerRow & { readonly atUtc: string })[]
}

function withHash<Entry>({ json, hash }: LedgerRow): Entry {
  return { ...JSON.parse(json), hash }
}

type ShownRow = LedgerRow & { readonly request_id: string; readonly outcome: string }

function show(db: DatabaseSync, requestId: string) {
  const rows = db
    .prepare(
      'SELECT seq, request_id, outcome, json, hash FROM entries WHERE request_id >= ? AND request_id < ? LIMIT 2',
    )
    .all(requestId, `${requestId}\uffff`) as unknown as ShownRow[]
  const row = rows.length === 1 ? rows[0] : rows.find((one) => one.request_id === requestId)
  if (row === undefined || row.outcome === auditOutcome) return undefined
  const kept = db.prepare('SELECT json FROM previews WHERE seq = ?').get(row.seq) as
    | { json: string }
    | undefined
  const previews: LedgerPreviews = kept ? JSON.parse(kept.json) : {}
  return { entry: withHash<LedgerEntry>(row), json: row.json, previews }
}

function* eachStored(db: DatabaseSync): Generator<StoredRow, void> {
  const rows = db
    .prepare(
      `SELECT entries.seq AS seq, request_id, at_utc, outcome, provider, model, tenant, route, entries.json AS json, hash, salt, previews.json AS previews
       FROM entries LEFT JOIN previews ON previews.seq = entries.seq ORDER BY entries.seq`,
    )
    .iterate()
  for (const row of rows) {
    const { seq, json, hash, salt, previews, request_id, at_utc, outcome, provider, model, tenant, route } =
      row as Record<string, string> & { readonly seq: never }
    const places = { requestId: request_id ?? null, atUtc: at_utc ?? null }
    const columns =
      outcome === auditOutcome
        ? places
        : {
            ...places,
            outcome: outcome ?? null,
            finalProvider: provider ?? null,
            finalModel: model ?? null,
            tenant: tenant ?? null,
            route: route ?? null,
          }
    yield { seq, json: json ?? '', hash: hash ?? '', columns, salt: salt ?? null, previews: previews ?? null }
  }
}
