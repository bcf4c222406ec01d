/** The journal's file: opened with care, appended to in transactions. Synchronous; only its one writer uses it. */

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { systemClock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { reasonOf } from '../base/reason.ts'
import type { AuditAction } from '../protocol/ledger-entry.ts'
import { readAhead, removeAhead } from './ahead-file.ts'
import { chainHash, firstPrevHash, placeInChain } from './chain.ts'
import { aheadFile, checkpointsFile, journalFile, openInstallation } from './data-directory.ts'
import { createHeadSeal, type HeadSeal } from './journal-head.ts'
import {
  crashRecord,
  entryLine,
  type JournalAudit,
  type JournalBatch,
  readEntryLine,
} from './journal-port.ts'
import { auditOutcome, migrations, schemaVersion } from './journal-schema.ts'
import { readLines } from './line-blocks.ts'
import { openDatabase } from './open-database.ts'

export interface Journal {
  readonly db: DatabaseSync
  readonly journalId: string
  readonly seal: HeadSeal
  readonly insertEntry: StatementSync
  readonly insertPreviews: StatementSync
  readonly insertContent: StatementSync
  readonly hasEntry: StatementSync
  readonly noteHead: StatementSync
  seq: number
  prevHash: string
}

export interface JournalOpening {
  readonly dir: string
  readonly synchronous: 'normal' | 'full'
  readonly newJournalId: string
}

/** Keeps the locks' connections alive. */
const locks: DatabaseSync[] = []

/** What must be readable before the file is opened for writing. */
const probes: readonly string[] = [
  'SELECT value FROM meta',
  'SELECT * FROM entries ORDER BY seq DESC LIMIT 1',
]

/** Throws, in words for people, where another process writes, the file is damaged or a newer version's. The file is then as it was. */
export function openJournal({ dir, synchronous, newJournalId }: JournalOpening): Journal {
  const installationKey = openInstallation(dir)
  lockDirectory(dir, lookMs)
  refuseEmptied(dir)
  const { db, found } = openDatabase({
    path: journalFile(dir),
    what: 'ledger',
    migrations,
    probes,
    synchronous,
  })
  try {
    const journal = prepare(db, { newJournalId }, createHeadSeal(installationKey))
    if (found > 0 && found < schemaVersion)
      inTransaction(journal, () =>
        appendAudit(journal, 'journal_migrated', { fromVersion: found, toVersion: schemaVersion }),
      )
    return journal
  } catch (error) {
    db.close()
    throw new Error(`${journalFile(dir)} cannot be used: ${reasonOf(error)}`)
  }
}

/** Something took the entries away: to begin anew without a word would hide it. */
function refuseEmptied(dir: string): void {
  const path = journalFile(dir)
  if (!existsSync(path) || statSync(path).size > 0) return
  if (existsSync(`${path}-wal`) || !existsSync(checkpointsFile(dir))) return
  throw new Error(
    `${path} is empty although checkpoints of it are in ${checkpointsFile(dir)}: restore it from a copy, or move both away to begin a new one`,
  )
}

/** One who only looks whether a writer is there holds the lock for a moment. */
const lookMs = 250

/** Held until the process ends, in whatever way: a killed writer leaves no lock behind. */
function lockDirectory(dir: string, timeout: number): void {
  const lock = new DatabaseSync(join(dir, 'writer.lock'), { timeout })
  try {
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch {
    lock.close()
    throw new Error(`another process is writing to ${dir}: end it, or choose another directory with --data`)
  }
  locks.push(lock)
}

/** Whether another process holds the lock. */
export function isWriterThere(dir: string): boolean {
  try {
    lockDirectory(dir, 0)
    releaseLocks()
    return false
  } catch {
    return true
  }
}

export function releaseLocks(): void {
  for (const lock of locks.splice(0)) lock.close()
}

function prepare(
  db: DatabaseSync,
  { newJournalId }: Pick<JournalOpening, 'newJournalId'>,
  seal: HeadSeal,
): Journal {
  db.prepare('INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)').run('journalId', newJournalId)
  const meta = db.prepare('SELECT value FROM meta WHERE name = ?').get('journalId') as { value: string }
  const last = db.prepare('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1').get() as
    | { seq: number; hash: string }
    | undefined
  const hasEntry = db.prepare('SELECT 1 FROM entries WHERE request_id = ?')
  return {
    db,
    journalId: meta.value,
    seal,
    insertEntry: db.prepare(
      'INSERT INTO entries (seq, request_id, at_utc, outcome, provider, model, tenant, route, json, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    insertPreviews: db.prepare('INSERT INTO previews (seq, salt, json) VALUES (?, ?, ?)'),
    insertContent: db.prepare('INSERT INTO content (seq, sealed) VALUES (?, ?)'),
    hasEntry,
    noteHead: db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('head', ?)"),
    seq: last?.seq ?? 0,
    prevHash: last?.hash ?? firstPrevHash,
  }
}

/** All of it or nothing, so that the place in the chain is taken back with the rows. */
export function inTransaction<Value>(journal: Journal, work: () => Value): Value {
  const { seq, prevHash } = journal
  try {
    journal.db.exec('BEGIN IMMEDIATE')
    const value = work()
    journal.noteHead.run(journal.seal.seal(journal.journalId, { seq: journal.seq, hash: journal.prevHash }))
    journal.db.exec('COMMIT')
    return value
  } catch (error) {
    journal.seq = seq
    journal.prevHash = prevHash
    if (journal.db.isTransaction) journal.db.exec('ROLLBACK')
    throw error
  }
}

export function commit(journal: Journal, { entries, audits, isRepeat }: JournalBatch): void {
  inTransaction(journal, () => {
    for (const lines of entries) for (const line of readLines(lines)) appendEntry(journal, line, isRepeat)
    for (const text of audits) {
      const { action, detail } = JSON.parse(text) as JournalAudit
      appendAudit(journal, action, detail)
    }
  })
}

/** Says whether it was not there yet. */
function appendEntry(journal: Journal, line: string, mayBeThere = false): boolean {
  const { columns, json, salt, previews, content } = readEntryLine(line)
  if (mayBeThere && journal.hasEntry.get(columns[0] ?? '')) return false
  appendRow(journal, columns, json)
  if (previews !== '') journal.insertPreviews.run(journal.seq, salt, previews)
  if (content !== '') journal.insertContent.run(journal.seq, content)
  return true
}

function appendRow(journal: Journal, columns: readonly (string | null)[], recordJson: string): void {
  const seq = journal.seq + 1
  const { journalId, prevHash } = journal
  const json = placeInChain(recordJson, { schemaVersion, journalId, seq, prevHash })
  const hash = chainHash(prevHash, json)
  journal.insertEntry.run(seq, ...columns, json, hash)
  journal.seq = seq
  journal.prevHash = hash
}

/** Inside a transaction: notes what was done to the ledger itself. */
export function appendAudit(
  journal: Journal,
  action: AuditAction,
  detail: Readonly<Record<string, unknown>>,
): void {
  const nowMs = systemClock.wallMs()
  const requestId = makeId('aud', nowMs)
  const atUtc = new Date(nowMs).toISOString()
  const json = JSON.stringify({ kind: 'audit', requestId, atUtc, action, detail })
  appendRow(journal, [requestId, atUtc, auditOutcome, null, null, '', ''], json)
}

/** Enters what the last process left in its write-ahead file; says how many requests were running when it died. */
export function recover(journal: Journal, dir: string): number {
  const path = aheadFile(dir)
  const { entries, intents } = readAhead(path)
  const older = oldIntents(journal.db)
  const orphans = [...(older ?? []), ...intents.values()]
  if (entries.length + orphans.length === 0 && older === undefined) return 0
  const crashed = inTransaction(journal, () => {
    for (const line of entries) appendEntry(journal, line, true)
    if (older) journal.db.exec('DROP TABLE intents_to_move')
    return orphans.filter((json) => appendEntry(journal, entryLine(crashRecord(json)), true)).length
  })
  removeAhead(path)
  return crashed
}

/** Those of a process of an older version; undefined where there was none. */
function oldIntents(db: DatabaseSync): readonly string[] | undefined {
  if (!db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'intents_to_move'").get()) return undefined
  const rows = db.prepare('SELECT json FROM intents_to_move').all()
  return rows.map((row) => String(row['json']))
}
