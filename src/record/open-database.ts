/** Opens an SQLite file with care: what is damaged or of a newer version is refused in words and stays as it was. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { reasonOf } from '../base/reason.ts'

export interface DatabasePlan {
  readonly path: string
  /** What it is, for messages: `ledger`. */
  readonly what: string
  /** Step n brings a file of version n to n + 1; a new file takes them all. */
  readonly migrations: readonly string[]
  /** Queries that must work on a sound file of this version; damage shows in them before anything is written. */
  readonly probes: readonly string[]
  readonly synchronous: 'normal' | 'full'
}

export interface OpenDatabase {
  readonly db: DatabaseSync
  /** Version it was found in; 0 where it is new. */
  readonly found: number
}

/** Of a new file; an older one keeps its own. Large ones take fewer writes for as many entries, and leave less room unused at their ends. */
const pageBytes = 16_384
/** The write-ahead log is folded in after so much: rarely, for a commit then waits for the disk. */
const checkpointBytes = 33_554_432
/** How long a lock of another program is waited for: at the start, and by each commit, ms. */
const openBusyMs = 5_000
const busyMs = 1_000

/** Throws with one line for people. */
export function openDatabase(plan: DatabasePlan): OpenDatabase {
  const { path, what, synchronous } = plan
  const found = existsSync(path) ? versionOf(plan) : 0
  const db = new DatabaseSync(path)
  try {
    db.exec(
      `PRAGMA page_size=${pageBytes}; PRAGMA busy_timeout=${openBusyMs}; PRAGMA journal_mode=WAL; PRAGMA synchronous=${synchronous}; PRAGMA secure_delete=ON`,
    )
    db.exec(`PRAGMA wal_autocheckpoint=${checkpointBytes / pageBytesOf(db)}`)
    migrate(db, plan, found)
    db.exec(`PRAGMA busy_timeout=${busyMs}`)
    return { db, found }
  } catch (error) {
    db.close()
    throw new Error(`the ${what} ${path} cannot be used: ${reasonOf(error)}`)
  }
}

function pageBytesOf(db: DatabaseSync): number {
  return (db.prepare('PRAGMA page_size').get() as { page_size: number }).page_size
}

/** Looked up without writing, for merely opening a file to write may change it. */
function versionOf({ path, what, migrations, probes }: DatabasePlan): number {
  const known = migrations.length
  let found: number
  try {
    const peek = new DatabaseSync(path, { readOnly: true })
    try {
      found = (peek.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
      if (found === known) for (const probe of probes) peek.prepare(probe).all()
    } finally {
      peek.close()
    }
  } catch (error) {
    throw new Error(
      `${path} cannot be read as the ${what} and was left as it is (${reasonOf(error)}): restore it from a copy, or move it away to begin a new one`,
    )
  }
  if (found > known)
    throw new Error(
      `${path} was written by a newer version (schema ${found}, this one knows ${known}) and was left as it is: use that version, or another directory with --data`,
    )
  return found
}

/** All steps in one transaction: a file is of one version or of the other. */
function migrate(db: DatabaseSync, { migrations }: DatabasePlan, found: number): void {
  if (found === migrations.length) return
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const step of migrations.slice(found)) db.exec(step)
    db.exec(`PRAGMA user_version=${migrations.length}; COMMIT`)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
