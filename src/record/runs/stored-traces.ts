/** Reads the run store's file beside a gateway that may be writing it: which traces failed, and their runs. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import { parseJson } from '../../base/text.ts'
import type { Run } from '../../protocol/run.ts'
import { runsFile } from './run-schema.ts'

export interface StoredTraceFilter {
  readonly tenant: string
  readonly project?: string
  /** Traces that began at or after, ms since 1970. */
  readonly sinceMs?: number
  readonly isFailed?: boolean
  /** At least 1. */
  readonly limit: number
}

export interface StoredTrace {
  readonly traceId: string
  readonly name: string
  readonly project?: string
  readonly status: string
  readonly startedAtMs: number
  readonly durationMs?: number
  readonly runs: number
  readonly errors: number
  /** Of the first run that failed. */
  readonly error?: string
}

export interface StoredTraces {
  /** The latest first. */
  list(filter: StoredTraceFilter): readonly StoredTrace[]
  runs(tenant: string, traceId: string): readonly Run[]
  close(): void
}

/** So many runs of a trace are read. */
const mostRuns = 20_000

/** A fault is the reason in words: there is no file, or it is no store. */
export function openStoredTraces(dir: string): Outcome<StoredTraces, string> {
  const path = runsFile(dir)
  if (!existsSync(path)) return failed(`there are no traces yet: ${path} is not there`)
  try {
    const db = new DatabaseSync(path, { readOnly: true })
    db.prepare('SELECT 1 FROM traces LIMIT 1').get()
    return done({
      list: (filter) => list(db, filter),
      runs: (tenant, traceId) => runs(db, tenant, traceId),
      close: () => db.close(),
    })
  } catch (error) {
    return failed(`cannot read ${path}: ${reasonOf(error)}`)
  }
}

interface Row {
  readonly trace_id: string
  readonly name: string
  readonly project: string | null
  readonly status: string
  readonly started_ms: number
  readonly ended_ms: number | null
  readonly runs: number
  readonly errors: number
  readonly error: string | null
}

function list(db: DatabaseSync, { tenant, project, sinceMs, isFailed, limit }: StoredTraceFilter) {
  const rows = db
    .prepare(
      `SELECT t.trace_id, t.name, t.project, t.status, t.started_ms, t.ended_ms, t.runs, t.errors,
         (SELECT error FROM runs r WHERE r.tenant = t.tenant AND r.trace_id = t.trace_id AND r.error IS NOT NULL
          ORDER BY r.started_ms LIMIT 1) AS error
       FROM traces t
       WHERE t.tenant = :tenant AND (:project IS NULL OR t.project = :project)
         AND (:sinceMs IS NULL OR t.started_ms >= :sinceMs)
         AND (:isFailed = 0 OR t.status = 'error' OR t.errors > 0)
       ORDER BY t.started_ms DESC, t.trace_id DESC LIMIT :limit`,
    )
    .all({
      tenant,
      project: project ?? null,
      sinceMs: sinceMs ?? null,
      isFailed: isFailed ? 1 : 0,
      limit,
    }) as unknown as Row[]
  return rows.map(toTrace)
}

const toTrace = (row: Row): StoredTrace => ({
  traceId: row.trace_id,
  name: row.name,
  status: row.status,
  startedAtMs: row.started_ms,
  runs: row.runs,
  errors: row.errors,
  ...(row.project === null ? {} : { project: row.project }),
  ...(row.ended_ms === null ? {} : { durationMs: row.ended_ms - row.started_ms }),
  ...(row.error === null ? {} : { error: row.error }),
})

function runs(db: DatabaseSync, tenant: string, traceId: string): readonly Run[] {
  const rows = db
    .prepare('SELECT json FROM runs WHERE tenant = ? AND trace_id = ? LIMIT ?')
    .all(tenant, traceId, mostRuns) as unknown as { readonly json: string }[]
  // The store wrote them from runs.
  return rows.flatMap(({ json }) => (parseJson(json) as Run | undefined) ?? [])
}
