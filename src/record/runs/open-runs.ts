/** Opens the store of runs: its file, its writer, and the ledger it follows. */

import type { DatabaseSync } from 'node:sqlite'
import { openDatabase } from '../open-database.ts'
import { type JournalTail, openJournalTail } from './journal-tail.ts'
import type { KeepRules } from './keep-run.ts'
import { prepareWrite } from './prepare-write.ts'
import { runMigrations, runsFile } from './run-schema.ts'
import { createRunWriter, type RunWriter } from './run-writer.ts'

export interface RunFile {
  readonly db: DatabaseSync
  readonly writer: RunWriter
  readonly tail: JournalTail | undefined
  /** The last entry of the ledger that was taken over. */
  tailedSeq: number
  /** A sweep through all traces is under way: those up to this id are done. */
  sweptTo: string | undefined
  /** Something was removed whose words the index may still hold. */
  holdsRemoved: boolean
}

/** Throws with one line for people; a file that cannot be used is left as it was. */
export function openRunFile(dir: string, rules: () => KeepRules): RunFile {
  const { db } = openDatabase({
    path: runsFile(dir),
    what: 'store of traces',
    migrations: runMigrations,
    probes: ['SELECT trace_id FROM traces LIMIT 1', 'SELECT json FROM runs LIMIT 1'],
    synchronous: 'normal',
  })
  db.exec('PRAGMA busy_timeout=5000')
  const tail = openJournalTail(dir)
  return {
    db,
    writer: createRunWriter(db, rules),
    tail,
    tailedSeq: tail ? Number(readNote(db, tailedName(tail)) ?? 0) : 0,
    sweptTo: readNote(db, sweepName),
    holdsRemoved: false,
  }
}

/** Where the thread stands in the ledger of this name. */
export const tailedName = ({ journalId }: JournalTail) => `tailed:${journalId}`
export const sweepName = 'sweep'

export function readNote(db: DatabaseSync, name: string): string | undefined {
  return (db.prepare('SELECT value FROM meta WHERE name = ?').get(name) as { value: string } | undefined)
    ?.value
}

export function writeNote(db: DatabaseSync, name: string, value: string | undefined): void {
  if (value === undefined) prepareWrite(db, 'DELETE FROM meta WHERE name = ?').run(name)
  else prepareWrite(db, 'INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)').run(name, value)
}
