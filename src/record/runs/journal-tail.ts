/** Follows the ledger: reads what was entered since the last look, so that traces cost the request path nothing. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { LedgerEntry, LedgerPreviews } from '../../protocol/ledger-entry.ts'
import { journalFile } from '../data-directory.ts'

export interface TailedEntry {
  readonly seq: number
  readonly entry: LedgerEntry
  readonly previews: LedgerPreviews
}

export interface JournalTail {
  readonly journalId: string
  /** In order; at most `limit`. */
  after(seq: number, limit: number): readonly TailedEntry[]
  /** One request's, whether or not it was passed already. */
  find(requestId: string): TailedEntry | undefined
  lastSeq(): number
  close(): void
}

interface Row {
  readonly seq: number
  readonly json: string
  readonly previews: string | null
}

const fields = 'e.seq AS seq, e.json AS json, p.json AS previews'
/** Notes the ledger makes of itself are no requests. */
const requests = "e.outcome <> 'AUDIT'"

/** Undefined where there is no journal yet. */
export function openJournalTail(dir: string): JournalTail | undefined {
  const path = journalFile(dir)
  if (!existsSync(path)) return undefined
  const db = new DatabaseSync(path, { readOnly: true })
  db.exec('PRAGMA busy_timeout=2000')
  const meta = db.prepare("SELECT value FROM meta WHERE name = 'journalId'").get() as { value: string }
  const tables = `entries e LEFT JOIN previews p ON ${previewsJoin(db)}`
  const next = db.prepare(
    `SELECT ${fields} FROM ${tables} WHERE e.seq > ? AND ${requests} ORDER BY e.seq LIMIT ?`,
  )
  const one = db.prepare(`SELECT ${fields} FROM ${tables} WHERE e.request_id = ? AND ${requests}`)
  const last = db.prepare('SELECT coalesce(max(seq), 0) AS seq FROM entries')
  return {
    journalId: meta.value,
    after: (seq, limit) => (next.all(seq, limit) as unknown as Row[]).map(toEntry),
    find(requestId) {
      const row = one.get(requestId) as Row | undefined
      return row && toEntry(row)
    },
    lastSeq: () => (last.get() as { seq: number }).seq,
    close: () => db.close(),
  }
}

/** Previews stand under their entry's number, in older journals under its request. */
function previewsJoin(db: DatabaseSync): string {
  const columns = db.prepare("SELECT name FROM pragma_table_info('previews')").all() as { name: string }[]
  return columns.some(({ name }) => name === 'seq') ? 'p.seq = e.seq' : 'p.request_id = e.request_id'
}

const toEntry = ({ seq, json, previews }: Row): TailedEntry => ({
  seq,
  entry: JSON.parse(json),
  previews: previews === null ? {} : JSON.parse(previews),
})
