/** Reads stored events, beside a running writer too, and takes those of erased requests away. */

import { existsSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import type { AnyEvent } from '../protocol/events.ts'
import { eventMigrations } from './event-schema.ts'
import { clearLog } from './file-space.ts'

export interface EventFilter {
  readonly limit: number
  readonly topic?: string
  readonly severity?: string
  readonly requestId?: string
  /** ISO 8601 in UTC, this instant counted in. */
  readonly fromUtc?: string
  /** ISO 8601 in UTC, this instant not counted in. */
  readonly toUtc?: string
}

/** Newest first; none where nothing was stored yet. */
export function readEvents(path: string, filter: EventFilter): Outcome<readonly AnyEvent[], string> {
  if (!existsSync(path)) return done([])
  try {
    const db = new DatabaseSync(path, { readOnly: true })
    try {
      db.exec('PRAGMA busy_timeout=5000')
      const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
      // The writer has just made the file.
      if (found === 0) return done([])
      if (found !== eventMigrations.length)
        return failed(`${path} has schema ${found}, this version reads ${eventMigrations.length}`)
      return done(select(db, filter))
    } finally {
      db.close()
    }
  } catch (error) {
    return failed(`${path} cannot be read: ${reasonOf(error)}`)
  }
}

function select(db: DatabaseSync, filter: EventFilter): readonly AnyEvent[] {
  const wanted: readonly [condition: string, value: SQLInputValue | undefined][] = [
    ['topic = ?', filter.topic],
    ['severity = ?', filter.severity],
    ['request_id = ?', filter.requestId],
    ['at_utc >= ?', filter.fromUtc],
    ['at_utc < ?', filter.toUtc],
  ]
  const given = wanted.filter(([, value]) => value !== undefined)
  const where = given.length > 0 ? `WHERE ${given.map(([condition]) => condition).join(' AND ')}` : ''
  return db
    .prepare(`SELECT json FROM events ${where} ORDER BY at_utc DESC, id DESC LIMIT ?`)
    .all(...given.map(([, value]) => value ?? null), filter.limit)
    .map(({ json }) => JSON.parse(String(json)))
}

/** Removes the events of these requests, and what the write-ahead log still holds of them; says how many. */
export function eraseEvents(path: string, requestIds: readonly string[]): Outcome<number, string> {
  if (!existsSync(path)) return done(0)
  try {
    const db = new DatabaseSync(path)
    try {
      db.exec('PRAGMA busy_timeout=10000; PRAGMA secure_delete=ON')
      const remove = db.prepare('DELETE FROM events WHERE request_id = ?')
      let removed = 0
      for (const requestId of requestIds) removed += Number(remove.run(requestId).changes)
      return clearLog(db) ? done(removed) : failed('a reader is in the way of clearing its log: try again')
    } finally {
      db.close()
    }
  } catch (error) {
    return failed(`the events in ${path} were not erased: ${reasonOf(error)}`)
  }
}
