/** Follows the ledger: reads what was entered since the last look, so that traces cost the request path nothing. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { isRecord } from '../../base/text.ts'
import type { AuditEntry, LedgerEntry, LedgerPreviews } from '../../protocol/ledger-entry.ts'
import { journalFile } from '../data-directory.ts'

export interface TailedEntry {
  readonly kind: 'entry'
  readonly seq: number
  readonly entry: LedgerEntry
  readonly previews: LedgerPreviews
}

/** A note of the ledger's own; of all of them erasing matters here. */
export interface TailedNote {
  readonly kind: 'note'
  readonly seq: number
  /** Requests whose texts were erased, where the note names them all; undefined where it does not. */
  readonly erased?: { readonly requestIds?: readonly string[] }
}

export interface JournalTail {
  readonly journalId: string
  /** In order; at most `limit`. */
  after(seq: number, limit: number): readonly (TailedEntry | TailedNote)[]
  /** One request's, whether or not it was passed already. */
  find(requestId: string): TailedEntry | undefined
  /** Of these requests those whose texts the ledger does not hold, whether erased, aged or never kept. */
  withoutTexts(requestIds: readonly string[]): readonly string[]
  lastSeq(): number
  close(): void
}

interface Row {
  readonly seq: number
  readonly json: string
  readonly previews: string | null
}

const select = 'SELECT e.seq AS seq, e.json AS json, p.json AS previews FROM entries e LEFT JOIN previews p'
const join = `${select} ON p.seq = e.seq`

/** Undefined where there is no journal yet. */
export function openJournalTail(dir: string): JournalTail | undefined {
  const path = journalFile(dir)
  if (!existsSync(path)) return undefined
  const db = new DatabaseSync(path, { readOnly: true })
  db.exec('PRAGMA busy_timeout=2000')
  const meta = db.prepare("SELECT value FROM meta WHERE name = 'journalId'").get() as { value: string }
  const next = db.prepare(`${join} WHERE e.seq > ? ORDER BY e.seq LIMIT ?`)
  const one = db.prepare(`${join} WHERE e.request_id = ?`)
  const bare = db.prepare(
    `SELECT e.request_id AS id FROM entries e LEFT JOIN previews p ON p.seq = e.seq
     WHERE p.seq IS NULL AND e.request_id IN (SELECT value FROM json_each(?))`,
  )
  const last = db.prepare('SELECT coalesce(max(seq), 0) AS seq FROM entries')
  return {
    journalId: meta.value,
    after: (seq, limit) => (next.all(seq, limit) as unknown as Row[]).map(toTailed),
    find(requestId) {
      const row = one.get(requestId) as Row | undefined
      const tailed = row && toTailed(row)
      return tailed?.kind === 'entry' ? tailed : undefined
    },
    withoutTexts: (ids) => (bare.all(JSON.stringify(ids)) as { id: string }[]).map(({ id }) => id),
    lastSeq: () => (last.get() as { seq: number }).seq,
    close: () => db.close(),
  }
}

function toTailed({ seq, json, previews }: Row): TailedEntry | TailedNote {
  const entry: LedgerEntry | AuditEntry = JSON.parse(json)
  if (!('kind' in entry))
    return { kind: 'entry', seq, entry, previews: previews === null ? {} : JSON.parse(previews) }
  return entry.action === 'content_erased'
    ? { kind: 'note', seq, erased: erasedBy(entry) }
    : { kind: 'note', seq }
}

/** A note names the first hundred; of a larger order all traces are gone through. */
function erasedBy({ detail }: AuditEntry): NonNullable<TailedNote['erased']> {
  const { requests, requestIds } = isRecord(detail) ? detail : {}
  if (!Array.isArray(requestIds) || requestIds.length !== requests) return {}
  return { requestIds: requestIds.map(String) }
}
