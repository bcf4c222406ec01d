/** Writes runs: merges what is new into what is known, and keeps each trace's summary and the search index true. */

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { mergeRun } from '../../protocol/merge-runs.ts'
import type { Feedback, Run, RunUpdate } from '../../protocol/run.ts'
import { type KeepRules, keepRun, keepText } from './keep-run.ts'
import { prepareWrite } from './prepare-write.ts'

export interface RunWriter {
  /** All of it or nothing; `also` runs in the same transaction. */
  write(tenant: string, updates: readonly RunUpdate[]): void
  /**
   * Adds traces that are complete and were redacted already, root first; one that is there stays as it is.
   * All of it or nothing.
   */
  add(tenant: string, traces: readonly (readonly Run[])[]): void
  /** Puts such a trace in the place of the one that is there, its feedback too; a trace that is not there stays away, and the answer is false. */
  replace(tenant: string, runs: readonly Run[]): boolean
  /** Ids of the gateway's own traces behind this id, in order. */
  gatewayTraces(afterId: string, limit: number): readonly string[]
  /** False where neither the run nor the trace is known. */
  addFeedback(tenant: string, feedback: Feedback): boolean
  /** The number of runs that are gone. */
  remove(tenant: string, traceId: string): number
  /** Removes the oldest traces that began before, at most `limit`; the number removed. */
  prune(old: { readonly beforeMs: number; readonly limit: number; readonly source?: string }): number
}

interface Statements {
  readonly find: StatementSync
  readonly traceOf: StatementSync
  readonly upsert: StatementSync
  readonly insert: StatementSync
  readonly insertTrace: StatementSync
  readonly unindex: StatementSync
  readonly index: StatementSync
  readonly summarise: StatementSync
}

/** Of a run's texts, so many characters can be searched. */
const searchedCharacters = 8_192

export function createRunWriter(db: DatabaseSync, rules: () => KeepRules): RunWriter {
  const statements = prepare(db)
  return {
    write(tenant, updates) {
      inTransaction(db, () => {
        const touched = new Set<string>()
        for (const update of updates) touched.add(writeRun(statements, tenant, keepRun(update, rules())))
        for (const traceId of touched) statements.summarise.run(tenant, traceId)
      })
    },
    add(tenant, traces) {
      inTransaction(db, () => {
        for (const runs of traces) addTrace(statements, tenant, runs)
      })
    },
    replace(tenant, runs) {
      const traceId = runs[0]?.traceId ?? ''
      return inTransaction(db, () => {
        const isThere = removeTrace(db, tenant, traceId) > 0
        if (isThere) addTrace(statements, tenant, runs)
        return isThere
      })
    },
    gatewayTraces: (afterId, limit) => gatewayTraces(db, afterId, limit),
    addFeedback: (tenant, feedback) => addFeedback({ db, statements, rules: rules() }, tenant, feedback),
    remove: (tenant, traceId) => inTransaction(db, () => removeTrace(db, tenant, traceId)),
    prune({ beforeMs, limit, source }) {
      const old = db
        .prepare(
          'SELECT tenant, trace_id FROM traces WHERE started_ms < ?1 AND (?2 IS NULL OR source = ?2) ORDER BY started_ms LIMIT ?3',
        )
        .all(beforeMs, source ?? null, limit) as { tenant: string; trace_id: string }[]
      inTransaction(db, () => {
        for (const { tenant, trace_id: traceId } of old) removeTrace(db, tenant, traceId)
      })
      return old.length
    },
  }
}

function gatewayTraces(db: DatabaseSync, afterId: string, limit: number): readonly string[] {
  const rows = db
    .prepare(
      "SELECT trace_id AS id FROM traces WHERE source = 'gateway' AND trace_id > ? ORDER BY trace_id LIMIT ?",
    )
    .all(afterId, limit) as { id: string }[]
  return rows.map(({ id }) => id)
}

interface Writing {
  readonly db: DatabaseSync
  readonly statements: Statements
  readonly rules: KeepRules
}

function addFeedback({ db, statements, rules }: Writing, tenant: string, feedback: Feedback): boolean {
  const { id, runId, key, score, comment, value, ...rest } = feedback
  const traceId = feedback.traceId ?? (runId && traceOf(statements, tenant, runId))
  const isKnown =
    traceId && db.prepare('SELECT 1 FROM traces WHERE tenant = ? AND trace_id = ?').get(tenant, traceId)
  if (!traceId || !isKnown) return false
  const said = rules.previews === 'off' ? {} : { comment, value }
  const texts = Object.entries(said).flatMap(([name, text]) => (text ? [[name, keepText(text, rules)]] : []))
  const kept = { id, key, runId, score, ...rest, traceId, ...Object.fromEntries(texts) }
  prepareWrite(
    db,
    'INSERT OR REPLACE INTO feedback (tenant, id, trace_id, run_id, key, score, json) VALUES (?, ?, ?, ?, ?, ?, ?)',
  ).run(tenant, id, traceId, runId ?? null, key, score ?? null, JSON.stringify(kept))
  return true
}

function inTransaction<Value>(db: DatabaseSync, act: () => Value): Value {
  db.exec('BEGIN IMMEDIATE')
  try {
    const value = act()
    db.exec('COMMIT')
    return value
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

const columns = [
  'parent_id',
  'dotted_order',
  'name',
  'run_type',
  'status',
  'source',
  'started_ms',
  'ended_ms',
  'provider',
  'model',
  'input_tokens',
  'output_tokens',
  'cost_usd',
  'error',
  'project',
  'session_id',
  'user_id',
  'json',
] as const

function prepare(db: DatabaseSync): Statements {
  const names = ['tenant', 'trace_id', 'id', ...columns]
  const changes = columns.map((name) => `${name} = excluded.${name}`).join(', ')
  return {
    find: db.prepare('SELECT json FROM runs WHERE tenant = ? AND trace_id = ? AND id = ?'),
    traceOf: db.prepare('SELECT trace_id FROM runs WHERE tenant = ? AND id = ? LIMIT 1'),
    upsert: db.prepare(
      `INSERT INTO runs (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
       ON CONFLICT (tenant, trace_id, id) DO UPDATE SET ${changes} RETURNING key`,
    ),
    insert: prepareWrite(
      db,
      `INSERT OR IGNORE INTO runs (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    ),
    insertTrace: prepareWrite(db, `INSERT OR IGNORE INTO traces VALUES (${Array(15).fill('?').join(', ')})`),
    unindex: prepareWrite(db, 'DELETE FROM runs_text WHERE rowid = ?'),
    index: prepareWrite(db, 'INSERT INTO runs_text (rowid, text) VALUES (?, ?)'),
    summarise: prepareWrite(db, summariseSql),
  }
}

/** Tokens are counted where models were called: an agent's own run often repeats the sum of its calls. */
const summariseSql = `
WITH own AS (
  SELECT parent_id, name, run_type, status, source, started_ms, ended_ms, input_tokens, output_tokens, cost_usd,
    project, session_id, user_id FROM runs WHERE tenant = ?1 AND trace_id = ?2
),
root AS (SELECT * FROM own ORDER BY (parent_id IS NOT NULL), started_ms LIMIT 1)
INSERT OR REPLACE INTO traces
SELECT ?1, ?2, root.name, root.status, root.source,
  coalesce((SELECT min(started_ms) FROM own), 0), (SELECT max(ended_ms) FROM own),
  (SELECT count(*) FROM own), (SELECT count(*) FROM own WHERE status = 'error'),
  (SELECT sum(input_tokens) FROM own WHERE run_type IN ('llm', 'embedding')),
  (SELECT sum(output_tokens) FROM own WHERE run_type IN ('llm', 'embedding')),
  (SELECT sum(cost_usd) FROM own WHERE run_type IN ('llm', 'embedding')),
  root.project,
  coalesce(root.session_id, (SELECT session_id FROM own WHERE session_id IS NOT NULL LIMIT 1)),
  coalesce(root.user_id, (SELECT user_id FROM own WHERE user_id IS NOT NULL LIMIT 1))
FROM root`

/** The same as merging run by run, in a fraction of the time: every request of the gateway comes this way. */
function addTrace(statements: Statements, tenant: string, runs: readonly Run[]): void {
  const root = runs[0]
  if (root === undefined) return
  let key: number | bigint | undefined
  for (const run of runs) {
    const added = statements.insert.run(tenant, root.traceId, run.id, ...cells(run))
    if (run !== root) continue
    if (added.changes === 0n) return
    key = added.lastInsertRowid
  }
  // One row of the index holds the words of all its runs, which say much the same.
  const also = runs.slice(1).map(({ name, error }) => `${name} ${error ?? ''}`)
  if (key !== undefined) statements.index.run(key, `${also.join(' ')} ${searchedText(root)}`)
  statements.insertTrace.run(...traceCells(tenant, root, runs))
}

/** In the order of the table's columns. */
function traceCells(tenant: string, root: Run, runs: readonly Run[]): SQLInputValue[] {
  const calls = runs.filter(({ runType }) => runType === 'llm' || runType === 'embedding')
  const sum = (read: (run: Run) => number | undefined) => {
    const known = calls.flatMap((run) => read(run) ?? [])
    return known.length > 0 ? known.reduce((total, one) => total + one, 0) : null
  }
  return [
    tenant,
    root.traceId,
    root.name,
    root.status,
    root.source,
    root.startedAtMs ?? 0,
    root.endedAtMs ?? null,
    runs.length,
    runs.filter(({ status }) => status === 'error').length,
    sum(({ usage }) => usage?.input),
    sum(({ usage }) => usage?.output),
    sum(({ usage }) => (usage?.costUsd === undefined ? undefined : Number(usage.costUsd))),
    root.project ?? null,
    root.sessionId ?? null,
    root.userId ?? null,
  ]
}

/** The trace that was written to. */
function writeRun(statements: Statements, tenant: string, update: RunUpdate): string {
  const traceId =
    update.traceId ??
    traceOf(statements, tenant, update.id) ??
    (update.parentId === undefined ? undefined : traceOf(statements, tenant, update.parentId)) ??
    update.id
  const before = statements.find.get(tenant, traceId, update.id) as { json: string } | undefined
  const run = mergeRun(before && JSON.parse(before.json), { ...update, traceId })
  const { key } = statements.upsert.get(tenant, traceId, run.id, ...cells(run)) as { key: number }
  if (before) statements.unindex.run(key)
  statements.index.run(key, searchedText(run))
  return traceId
}

function traceOf({ traceOf: find }: Statements, tenant: string, runId: string): string | undefined {
  return (find.get(tenant, runId) as { trace_id: string } | undefined)?.trace_id
}

/** In the order of `columns`. */
function cells(run: Run): SQLInputValue[] {
  const { usage } = run
  return [
    run.parentId ?? null,
    run.dottedOrder ?? null,
    run.name,
    run.runType,
    run.status,
    run.source,
    run.startedAtMs ?? null,
    run.endedAtMs ?? null,
    run.provider ?? null,
    run.model ?? null,
    whole(usage?.input),
    whole(usage?.output),
    usage?.costUsd === undefined ? null : Number(usage.costUsd),
    run.error ?? null,
    run.project ?? null,
    run.sessionId ?? null,
    run.userId ?? null,
    JSON.stringify(run),
  ]
}

const whole = (count: number | undefined) => (count === undefined ? null : Math.round(count))

/** Names, errors and what was said; payloads without messages as their JSON. */
function searchedText({ name, error, model, provider, messages, inputs, outputs }: Run): string {
  const spoken = [...messages.input.slice(-20), ...messages.output].map(({ text, toolCalls }) =>
    [text, ...(toolCalls ?? []).map((call) => `${call.name} ${call.arguments}`)].join(' '),
  )
  const payloads = spoken.length > 0 ? spoken : [inputs, outputs].map((one) => JSON.stringify(one) ?? '')
  const texts = [name, model ?? '', provider ?? '', error ?? '', ...payloads.reverse()]
  return texts.join(' ').slice(0, searchedCharacters)
}

function removeTrace(db: DatabaseSync, tenant: string, traceId: string): number {
  prepareWrite(
    db,
    'DELETE FROM runs_text WHERE rowid IN (SELECT key FROM runs WHERE tenant = ? AND trace_id = ?)',
  ).run(tenant, traceId)
  prepareWrite(db, 'DELETE FROM feedback WHERE tenant = ? AND trace_id = ?').run(tenant, traceId)
  prepareWrite(db, 'DELETE FROM traces WHERE tenant = ? AND trace_id = ?').run(tenant, traceId)
  const { changes } = prepareWrite(db, 'DELETE FROM runs WHERE tenant = ? AND trace_id = ?').run(
    tenant,
    traceId,
  )
  return Number(changes)
}
