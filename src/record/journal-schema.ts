/** Tables of the journal, and the steps from older ones to them. */

/** Step n brings a file of version n to n + 1; a new file takes them all. */
export const migrations: readonly string[] = [
  `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE entries (
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
CREATE INDEX entries_not_plain ON entries (outcome, seq) WHERE outcome <> 'SUCCESS';
CREATE TABLE previews (request_id TEXT PRIMARY KEY, salt TEXT NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE intents (request_id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  // Previews and content are appended by number, so that no page is ever split and no copy is left behind by one.
  // Files made before have the index by outcome over successes as well, which serves nobody: whoever looks for those reads by time.
  `
DROP INDEX entries_not_plain;
CREATE INDEX entries_by_time ON entries (at_utc);
CREATE INDEX entries_by_outcome ON entries (outcome, at_utc) WHERE outcome <> 'SUCCESS';
CREATE TABLE texts (seq INTEGER PRIMARY KEY, salt TEXT NOT NULL, json TEXT NOT NULL) STRICT;
INSERT INTO texts (seq, salt, json) SELECT seq, salt, previews.json FROM previews JOIN entries USING (request_id) ORDER BY seq;
DROP TABLE previews;
ALTER TABLE texts RENAME TO previews;
CREATE TABLE content (seq INTEGER PRIMARY KEY, sealed TEXT NOT NULL) STRICT;
CREATE TABLE orders (id TEXT PRIMARY KEY, json TEXT NOT NULL, answer TEXT) STRICT;
`,
  // Intents are lines of the write-ahead file; those of a process that died before the step are entered by whoever opens the journal.
  'ALTER TABLE intents RENAME TO intents_to_move',
]

/** Grows with every change of the tables; a file with a larger number is not opened. */
export const schemaVersion = migrations.length

/** Finds entries of an outcome; a success is what most of them are, and is in no index of its own. */
export const withOutcome = (outcome: string): string =>
  outcome === 'SUCCESS' ? 'outcome = ?' : "outcome = ? AND outcome <> 'SUCCESS'"

/** What stands in the column `outcome` of the ledger's own notes. */
export const auditOutcome = 'AUDIT'
