/** Tables of the journal. */

/** Grows with every change of the tables; a file with a larger number is not opened. */
export const schemaVersion = 1

export const schemaSql = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  at_utc TEXT NOT NULL,
  outcome TEXT NOT NULL,
  provider TEXT,
  model TEXT,
  tenant TEXT NOT NULL,
  route TEXT NOT NULL,
  json TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entries_not_plain ON entries (outcome, seq) WHERE outcome <> 'SUCCESS';
CREATE TABLE IF NOT EXISTS previews (request_id TEXT PRIMARY KEY, salt TEXT NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intents (request_id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
`
