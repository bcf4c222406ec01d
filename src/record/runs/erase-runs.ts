/** Takes traces away, with their feedback and what searches knew of them, beside a running gateway too. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import { clearLog } from '../file-space.ts'
import { prepareWrite } from './prepare-write.ts'

export interface TracesToErase {
  readonly traces: readonly { readonly tenant: string; readonly traceId: string }[]
  /** Every trace that was sent in for this end user, too. */
  readonly user?: { readonly tenant: string; readonly userId: string }
}

/** Says how many traces went. */
export function eraseRuns(path: string, wanted: TracesToErase): Outcome<number, string> {
  if (!existsSync(path)) return done(0)
  try {
    const db = new DatabaseSync(path)
    try {
      db.exec('PRAGMA busy_timeout=10000; PRAGMA secure_delete=ON')
      const erased = eraseAll(db, [...wanted.traces, ...tracesOf(db, wanted.user)])
      // Words of what was deleted stay in the index until it is written anew.
      if (erased > 0) db.exec("INSERT INTO runs_text (runs_text) VALUES ('optimize')")
      return clearLog(db)
        ? done(erased)
        : failed('a reader is in the way of clearing the log of traces: try again')
    } finally {
      db.close()
    }
  } catch (error) {
    return failed(`the traces in ${path} were not erased: ${reasonOf(error)}`)
  }
}

function tracesOf(db: DatabaseSync, user: TracesToErase['user']): TracesToErase['traces'] {
  if (user === undefined) return []
  return db
    .prepare('SELECT DISTINCT tenant, trace_id AS traceId FROM runs WHERE tenant = ? AND user_id = ?')
    .all(user.tenant, user.userId) as unknown as TracesToErase['traces']
}

function eraseAll(db: DatabaseSync, traces: TracesToErase['traces']): number {
  const index = prepareWrite(
    db,
    'DELETE FROM runs_text WHERE rowid IN (SELECT key FROM runs WHERE tenant = ? AND trace_id = ?)',
  )
  const tables = ['runs', 'feedback', 'traces'].map((table) =>
    prepareWrite(db, `DELETE FROM ${table} WHERE tenant = ? AND trace_id = ?`),
  )
  let erased = 0
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const { tenant, traceId } of traces) {
      index.run(tenant, traceId)
      const changes = tables.map((statement) => Number(statement.run(tenant, traceId).changes))
      if (changes.some((count) => count > 0)) erased += 1
    }
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
  return erased
}
