/** Tables of the run store: `runs.sqlite` in the data directory. */

import { join } from 'node:path'

export const runsFile = (dir: string) => join(dir, 'runs.sqlite')

/** `json` stands last in its row, so that listing does not read payloads. */
const firstTables = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS runs (
  key INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  id TEXT NOT NULL,
  parent_id TEXT,
  dotted_order TEXT,
  name TEXT NOT NULL,
  run_type TEXT NOT NULL,
  status TEXT NOT NULL,
  source TEXT NOT NULL,
  started_ms REAL,
  ended_ms REAL,
  provider TEXT,
  model TEXT,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cost_usd REAL,
  error TEXT,
  project TEXT,
  session_id TEXT,
  user_id TEXT,
  json TEXT NOT NULL,
  UNIQUE (tenant, trace_id, id)
) STRICT;
CREATE INDEX IF NOT EXISTS runs_by_id ON runs (tenant, id);
CREATE INDEX IF NOT EXISTS runs_by_model ON runs (tenant, model, trace_id);
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (source, started_ms);
CREATE TABLE IF NOT EXISTS traces (
  tenant TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  source TEXT NOT NULL,
  started_ms REAL NOT NULL,
  ended_ms REAL,
  runs INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cost_usd REAL,
  project TEXT,
  session_id TEXT,
  user_id TEXT,
  PRIMARY KEY (tenant, trace_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS traces_by_time ON traces (tenant, started_ms, trace_id);
CREATE INDEX IF NOT EXISTS traces_by_age ON traces (started_ms);
CREATE INDEX IF NOT EXISTS traces_by_session ON traces (tenant, session_id, started_ms) WHERE session_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS feedback (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  run_id TEXT,
  key TEXT NOT NULL,
  score REAL,
  json TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS feedback_by_trace ON feedback (tenant, trace_id);
CREATE VIRTUAL TABLE IF NOT EXISTS runs_text USING fts5(text, content='', contentless_delete=1);
`

/** Step n brings a file of version n to n + 1; a new file takes them all. */
export const runMigrations: readonly string[] = [firstTables]
