/** The one writer of the event store: a worker thread of its own, so that events can never hold up the ledger. */

import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../base/clock.ts'
import { reasonOf } from '../base/reason.ts'
import {
  type EventBatch,
  type EventReply,
  type EventSetup,
  eventColumns,
  eventMigrations,
} from './event-schema.ts'
import { usedBytes } from './file-space.ts'
import { type OpenDatabase, openDatabase } from './open-database.ts'

const setup = workerData as EventSetup
const say = (reply: EventReply) => parentPort?.postMessage(reply)
/** Rows of one step of retention, the pause between steps, and the first round after the start. */
const stepRows = 1_000
const pauseMs = 25
const firstRoundMs = 60_000

type Database = OpenDatabase['db']

function write(db: Database, { texts }: EventBatch): void {
  const insert = db.prepare(
    'INSERT OR IGNORE INTO events (event_id, at_utc, topic, severity, request_id, json) VALUES (?, ?, ?, ?, ?, ?)',
  )
  db.exec('BEGIN IMMEDIATE')
  try {
    for (let at = 0; at < texts.length; at += eventColumns) insert.run(...texts.slice(at, at + eventColumns))
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** One step: removes some events that are too old, or the oldest where the file is too large; says how many. */
function removeSome(db: Database, beforeUtc: string): number {
  const { eventsMaxBytes } = setup
  const isTooLarge = eventsMaxBytes !== undefined && usedBytes(db) > eventsMaxBytes
  const some = isTooLarge
    ? db.prepare('DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?)').run(stepRows)
    : db
        .prepare('DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at_utc < ? LIMIT ?)')
        .run(beforeUtc, stepRows)
  return Number(some.changes)
}

function keepInOrder(db: Database): void {
  const round = async () => {
    const { eventsForMs } = setup
    const beforeUtc =
      eventsForMs === undefined ? '' : new Date(systemClock.wallMs() - eventsForMs).toISOString()
    let removed = 0
    try {
      for (let some = 1; some > 0; removed += some) {
        some = removeSome(db, beforeUtc)
        await systemClock.sleep(pauseMs)
      }
    } catch {
      // A store that is away now is kept in order in the next round.
    }
    if (removed > 0) say({ kind: 'aged', removed, beforeUtc })
    systemClock.after(setup.everyMs, round)
  }
  systemClock.after(Math.min(firstRoundMs, setup.everyMs), round)
}

try {
  const { db } = openDatabase({
    path: setup.path,
    what: 'event store',
    migrations: eventMigrations,
    probes: ['SELECT * FROM events ORDER BY id DESC LIMIT 1'],
    synchronous: 'normal',
  })
  say({ kind: 'open' })
  keepInOrder(db)
  parentPort?.on('message', (message: EventBatch | 'close') => {
    if (message === 'close') {
      db.close()
      say({ kind: 'closed' })
      parentPort?.close()
      return
    }
    try {
      write(db, message)
      say({ kind: 'answered', id: message.id })
    } catch (error) {
      say({ kind: 'answered', id: message.id, fault: reasonOf(error) })
    }
  })
} catch (error) {
  say({ kind: 'refused', reason: reasonOf(error) })
}
