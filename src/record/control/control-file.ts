/** The file of control data: virtual keys, sealed secrets, and who changed them. Several processes may hold it open. */

import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'

/** Grows with every change of the tables; a file with a larger number is not opened. */
const controlVersion = 1

const controlSql = `
CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key_digests (
  digest TEXT PRIMARY KEY, key_id TEXT NOT NULL, ends_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS key_digests_of_key ON key_digests (key_id);
CREATE TABLE IF NOT EXISTS secrets (
  provider TEXT NOT NULL, fingerprint TEXT NOT NULL, origin TEXT NOT NULL, sealed TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL, PRIMARY KEY (provider, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS actions (
  seq INTEGER PRIMARY KEY, at_utc TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, about TEXT NOT NULL
) STRICT;
`

/** Something that was changed, for the record of changes; `about` names it and never holds a secret. */
export interface ControlAction {
  readonly atMs: number
  readonly actor: string
  readonly action:
    | 'key.create'
    | 'key.revoke'
    | 'key.rotate'
    | 'secret.set'
    | 'secret.remove'
    | 'secret.clear'
  readonly about: string
}

export interface NotedAction {
  readonly atUtc: string
  readonly actor: string
  readonly action: ControlAction['action']
  readonly about: string
}

export interface ControlFile {
  readonly db: DatabaseSync
  /** Grows when this or another process has changed anything. */
  version(): Outcome<number, string>
  /** Changes made through this opening of the file: asking costs nothing. */
  ownChanges(): number
  /** Runs reads; what the store throws is a reason in words. */
  read<Value>(work: () => Value): Outcome<Value, string>
  /** Runs changes in one transaction, with its entry in the record of changes; undefined changes nothing. */
  change<Value>(work: () => Value | undefined, action: ControlAction): Outcome<Value | undefined, string>
  /** The newest first. */
  actions(limit: number): Outcome<readonly NotedAction[], string>
  close(): void
}

export function openControlFile(dir: string): Outcome<ControlFile, string> {
  const path = join(dir, 'control.db')
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    return openDatabase(path)
  } catch (error) {
    return failed(`cannot use ${path}: ${reasonOf(error)}`)
  }
}

function openDatabase(path: string): Outcome<ControlFile, string> {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA busy_timeout=5000')
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (found > controlVersion) {
    db.close()
    return failed(
      `${path} was written by a newer version (schema ${found}, this one knows ${controlVersion})`,
    )
  }
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
  db.exec(controlSql)
  db.exec(`PRAGMA user_version=${controlVersion}`)
  chmodSync(path, 0o600)
  return done(controlFile(db))
}

function controlFile(db: DatabaseSync): ControlFile {
  const dataVersion = db.prepare('PRAGMA data_version')
  const note = db.prepare('INSERT INTO actions (at_utc, actor, action, about) VALUES (?, ?, ?, ?)')
  // The store tells of changes by others only.
  let ownChanges = 0
  const read = <Value>(work: () => Value): Outcome<Value, string> => {
    try {
      return done(work())
    } catch (error) {
      return failed(`the control file cannot be read: ${reasonOf(error)}`)
    }
  }
  return {
    db,
    read,
    ownChanges: () => ownChanges,
    actions: (limit) =>
      read(() => {
        const sql = 'SELECT at_utc AS atUtc, actor, action, about FROM actions ORDER BY seq DESC LIMIT ?'
        return db.prepare(sql).all(limit) as unknown as NotedAction[]
      }),
    version: () => read(() => (dataVersion.get() as { data_version: number }).data_version + ownChanges),
    change(work, { atMs, actor, action, about }) {
      try {
        db.exec('BEGIN IMMEDIATE')
        const value = work()
        if (value !== undefined) note.run(new Date(atMs).toISOString(), actor, action, about)
        db.exec('COMMIT')
        ownChanges += 1
        return done(value)
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        return failed(`the control file cannot be written: ${reasonOf(error)}`)
      }
    },
    close: () => db.close(),
  }
}
