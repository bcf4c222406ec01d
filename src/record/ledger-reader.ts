/** Reads the ledger, beside a running writer too. */

import { existsSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { LedgerEntry, LedgerFilter, LedgerPreviews, LedgerReader } from '../protocol/ledger-entry.ts'
import { journalFile } from './data-directory.ts'

interface Row {
  readonly seq: number
  readonly json: string
  readonly hash: string
}

export function openLedgerReader(dir: string): Outcome<LedgerReader, string> {
  const path = journalFile(dir)
  if (!existsSync(path))
    return failed(
      `there is no ledger in ${dir}: start the gateway once, or name another directory with --data`,
    )
  let db: DatabaseSync
  try {
    db = new DatabaseSync(path, { readOnly: true })
    db.exec('PRAGMA busy_timeout=5000')
  } catch (error) {
    return failed(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  return done({
    list: (filter) => list(db, filter),
    show: (requestId) => show(db, requestId),
    each: () => db.prepare('SELECT seq, json, hash FROM entries ORDER BY seq').iterate() as Iterable<Row>,
    close: () => db.close(),
  })
}

function list(db: DatabaseSync, filter: LedgerFilter): readonly LedgerEntry[] {
  const wanted: readonly [condition: string, value: SQLInputValue | undefined][] = [
    ['outcome = ?', filter.outcome],
    ['provider = ?', filter.provider],
    ['model = ?', filter.model],
    ['seq < ?', filter.beforeSeq],
  ]
  const given = wanted.filter(([, value]) => value !== undefined)
  const where = given.length > 0 ? `WHERE ${given.map(([condition]) => condition).join(' AND ')}` : ''
  const values = given.map(([, value]) => value ?? null)
  const rows = db
    .prepare(`SELECT seq, json, hash FROM entries ${where} ORDER BY seq DESC LIMIT ?`)
    .all(...values, filter.limit)
  return (rows as unknown as Row[]).map(toEntry)
}

const toEntry = ({ json, hash }: Row): LedgerEntry => ({ ...JSON.parse(json), hash })

/** By the whole id or by a beginning that only one entry has. */
function show(db: DatabaseSync, requestId: string) {
  const rows = db
    .prepare(
      'SELECT seq, request_id, json, hash FROM entries WHERE request_id >= ? AND request_id < ? LIMIT 2',
    )
    .all(requestId, `${requestId}\uffff`) as unknown as (Row & { request_id: string })[]
  const row = rows.length === 1 ? rows[0] : rows.find((one) => one.request_id === requestId)
  if (row === undefined) return undefined
  const kept = db.prepare('SELECT json FROM previews WHERE request_id = ?').get(row.request_id) as
    | { json: string }
    | undefined
  const previews: LedgerPreviews = kept ? JSON.parse(kept.json) : {}
  return { entry: toEntry(row), json: row.json, previews }
}
