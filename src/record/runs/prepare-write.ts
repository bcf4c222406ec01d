/** Statements that change the file of traces. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** With each change SQLite tells which row was inserted last, and full text search inserts rows of its own whose numbers no JavaScript number holds: counts and row numbers come as big integers, for Node.js throws otherwise. */
export function prepareWrite(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql)
  statement.setReadBigInts(true)
  return statement
}
