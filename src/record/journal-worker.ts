/** The one writer of the journal: a worker thread that commits whatever arrived while the last commit ran. */

import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { chainHash, firstPrevHash, placeInChain } from './chain.ts'
import { journalFile } from './data-directory.ts'
import {
  crashRecord,
  type JournalBatch,
  type JournalEntry,
  type JournalReply,
  type JournalSetup,
} from './journal-port.ts'
import { schemaSql, schemaVersion } from './journal-schema.ts'

const setup = workerData as JournalSetup

interface Journal {
  readonly db: DatabaseSync
  readonly journalId: string
  readonly insertEntry: StatementSync
  readonly insertPreviews: StatementSync
  readonly insertIntent: StatementSync
  readonly removeIntent: StatementSync
  readonly findEntry: StatementSync
  seq: number
  prevHash: string
}

function openJournal(): Journal {
  const lock = new DatabaseSync(join(setup.dir, 'writer.lock'))
  try {
    // Held until the process ends, in whatever way: a killed writer leaves no lock behind.
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch {
    throw new Error(
      `another process is writing to ${setup.dir}: end it, or choose another directory with --data`,
    )
  }
  locks.push(lock)
  const db = new DatabaseSync(journalFile(setup.dir))
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (found > schemaVersion)
    throw new Error(
      `${journalFile(setup.dir)} was written by a newer version (schema ${found}, this one knows ${schemaVersion})`,
    )
  db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${setup.synchronous}; PRAGMA busy_timeout=5000`)
  db.exec(schemaSql)
  db.exec(`PRAGMA user_version=${schemaVersion}`)
  db.prepare('INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)').run('journalId', setup.newJournalId)
  const meta = db.prepare('SELECT value FROM meta WHERE name = ?').get('journalId') as { value: string }
  const last = db.prepare('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1').get() as
    | { seq: number; hash: string }
    | undefined
  return {
    db,
    journalId: meta.value,
    insertEntry: db.prepare(
      'INSERT INTO entries (seq, request_id, at_utc, outcome, provider, model, tenant, route, json, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    insertPreviews: db.prepare('INSERT OR IGNORE INTO previews (request_id, salt, json) VALUES (?, ?, ?)'),
    insertIntent: db.prepare('INSERT OR IGNORE INTO intents (request_id, json) VALUES (?, ?)'),
    removeIntent: db.prepare('DELETE FROM intents WHERE request_id = ?'),
    findEntry: db.prepare('SELECT 1 FROM entries WHERE request_id = ?'),
    seq: last?.seq ?? 0,
    prevHash: last?.hash ?? firstPrevHash,
  }
}

/** Keeps the lock's connection alive. */
const locks: DatabaseSync[] = []

function append(journal: Journal, entry: JournalEntry): void {
  journal.removeIntent.run(entry.requestId)
  if (journal.findEntry.get(entry.requestId)) return
  const seq = journal.seq + 1
  const { journalId, prevHash } = journal
  const json = placeInChain(entry.json, { schemaVersion, journalId, seq, prevHash })
  const hash = chainHash(prevHash, json)
  const { requestId, atUtc, outcome, provider, model, tenant, route } = entry
  journal.insertEntry.run(seq, requestId, atUtc, outcome, provider, model, tenant, route, json, hash)
  if (entry.previews) journal.insertPreviews.run(requestId, entry.previews.salt, entry.previews.json)
  journal.seq = seq
  journal.prevHash = hash
}

/** All of it or nothing, so that the place in the chain is taken back with the rows. */
function commit(journal: Journal, batch: JournalBatch): void {
  const { seq, prevHash } = journal
  journal.db.exec('BEGIN IMMEDIATE')
  try {
    for (const { requestId, json } of batch.intents) journal.insertIntent.run(requestId, json)
    for (const entry of batch.entries) append(journal, entry)
    journal.db.exec('COMMIT')
  } catch (error) {
    journal.seq = seq
    journal.prevHash = prevHash
    if (journal.db.isTransaction) journal.db.exec('ROLLBACK')
    throw error
  }
}

/** Requests that were running when the last process died. */
function recover(journal: Journal): number {
  const orphans = journal.db.prepare('SELECT json FROM intents ORDER BY rowid').all() as { json: string }[]
  commit(journal, { id: 0, intents: [], entries: orphans.map(({ json }) => crashRecord(json)) })
  return orphans.length
}

const say = (reply: JournalReply) => parentPort?.postMessage(reply)
const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

try {
  const journal = openJournal()
  say({ kind: 'open', recovered: recover(journal), journalId: journal.journalId })
  parentPort?.on('message', (message: JournalBatch | 'close') => {
    if (message === 'close') {
      journal.db.close()
      say({ kind: 'closed' })
      parentPort?.close()
      return
    }
    try {
      commit(journal, message)
      say({ kind: 'committed', id: message.id })
    } catch (error) {
      say({ kind: 'failed', id: message.id, reason: reasonOf(error) })
    }
  })
} catch (error) {
  say({ kind: 'refused', reason: reasonOf(error) })
}
