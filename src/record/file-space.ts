/** The space of an SQLite file: how much of it holds something, and what the write-ahead log still holds. */

import type { DatabaseSync } from 'node:sqlite'

export function usedBytes(db: DatabaseSync): number {
  const number = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])
  return (number('page_count') - number('freelist_count')) * number('page_size')
}

/** Folds the write-ahead log into the file and empties it; false where a reader is in the way. */
export function clearLog(db: DatabaseSync): boolean {
  const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
  return busy === 0
}
