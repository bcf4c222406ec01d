/** The one writer of the journal: a worker thread that commits whatever arrived while the last commit ran. */

import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { chainHash, firstPrevHash, placeInChain } from './chain.ts'
import { journalFile } from './data-directory.ts'
import {
  crashRecord,
  entryColumns,
  entryTexts,
  type JournalBatch,
  type JournalReply,
  type JournalSetup,
} from './journal-port.ts'
import { schemaSql, schemaVersion } from './journal-schema.ts'

const setup = workerData as JournalSetup

/** The write-ahead log is folded in after so many pages (of 4 kB): rarely, for a commit then waits for the disk. */
const checkpointPages = 8_192

interface Journal {
  readonly db: DatabaseSync
  readonly journalId: string
  readonly insertEntry: StatementSync
  readonly insertPreviews: StatementSync
  readonly insertIntent: StatementSync
  readonly removeIntent: StatementSync
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
  db.exec(
    `PRAGMA journal_mode=WAL; PRAGMA synchronous=${setup.synchronous}; PRAGMA busy_timeout=5000; PRAGMA wal_autocheckpoint=${checkpointPages}`,
  )
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
    seq: last?.seq ?? 0,
    prevHash: last?.hash ?? firstPrevHash,
  }
}

/** Keeps the lock's connection alive. */
const locks: DatabaseSync[] = []

/** `texts` are the columns of one entry as `entryTexts` lays them out. */
function append(journal: Journal, texts: readonly (string | null)[]): void {
  const [requestId = '', atUtc, outcome, provider, model, tenant, route, recordJson, salt, previews] = texts
  journal.removeIntent.run(requestId)
  const seq = journal.seq + 1
  const { journalId, prevHash } = journal
  const json = placeInChain(recordJson ?? '', { schemaVersion, journalId, seq, prevHash })
  const hash = chainHash(prevHash, json)
  journal.insertEntry.run(
    seq,
    requestId,
    ...[atUtc, outcome, provider, model, tenant, route].map(cell),
    json,
    hash,
  )
  if (salt && previews) journal.insertPreviews.run(requestId, salt, previews)
  journal.seq = seq
  journal.prevHash = hash
}

/** All of it or nothing, so that the place in the chain is taken back with the rows. */
function commit(journal: Journal, batch: JournalBatch): void {
  const { seq, prevHash } = journal
  journal.db.exec('BEGIN IMMEDIATE')
  try {
    for (let at = 0; at < batch.intents.length; at += 2)
      journal.insertIntent.run(cell(batch.intents[at]), cell(batch.intents[at + 1]))
    for (let at = 0; at < batch.entries.length; at += entryColumns)
      append(journal, batch.entries.slice(at, at + entryColumns))
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
  const orphans = journal.db.prepare('SELECT json FROM intents ORDER BY request_id').all() as {
    json: string
  }[]
  commit(journal, {
    id: 0,
    intents: [],
    entries: orphans.flatMap(({ json }) => entryTexts(crashRecord(json))),
  })
  return orphans.length
}

const cell = (text: string | null | undefined) => text ?? null
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
