/** How the gateway did over a stretch of time, worked out from its own traces. */

import type { DatabaseSync } from 'node:sqlite'

interface CallRow {
  readonly provider: string | null
  readonly model: string | null
  readonly root: number
  readonly name: string
  readonly status: string
  readonly ms: number
}

/** Ms; quantiles by the nearest rank. */
export interface Latencies {
  readonly count: number
  readonly averageMs: number
  readonly minMs: number
  readonly maxMs: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

/** Undefined for no values. */
export function latenciesOf(values: readonly number[]): Latencies | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((one, other) => one - other)
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  const sum = sorted.reduce((total, value) => total + value, 0)
  return {
    count: sorted.length,
    averageMs: round(sum / sorted.length),
    minMs: round(sorted[0] ?? 0),
    maxMs: round(sorted.at(-1) ?? 0),
    p50Ms: round(rank(0.5)),
    p95Ms: round(rank(0.95)),
    p99Ms: round(rank(0.99)),
  }
}

const round = (ms: number) => Math.round(ms * 100) / 100

/** Beyond so many runs the oldest of the stretch are left out, and the answer says so. */
const readRuns = 200_000
const lastErrors = 10

/** Of one tenant, or of all where none is named. */
export function summarise(db: DatabaseSync, sinceMs: number, tenant?: string): string {
  const rows = db
    .prepare(
      `SELECT provider, model, parent_id IS NULL AS root, name, status, ended_ms - started_ms AS ms FROM runs
       WHERE source = 'gateway' AND started_ms >= ?1 AND ended_ms IS NOT NULL AND (?2 IS NULL OR tenant = ?2)
       ORDER BY started_ms DESC LIMIT ?3`,
    )
    .all(sinceMs, tenant ?? null, readRuns) as unknown as CallRow[]
  const requests = rows.filter(({ root }) => root === 1)
  const calls = rows.filter(({ root, provider }) => root === 0 && provider !== null)
  const failed = requests.filter(({ status }) => status === 'error').length
  return JSON.stringify({
    sinceMs,
    requests: requests.length,
    errors: failed,
    successShare: requests.length > 0 ? (requests.length - failed) / requests.length : null,
    operations: {
      ...grouped(requests, ({ name }) => `request ${name}`),
      ...grouped(calls, ({ provider, model }) => `call ${provider}/${model}`),
    },
    providers: byProvider(calls),
    lastErrors: errorsOf(db, sinceMs, tenant),
    isCut: rows.length === readRuns,
  })
}

function grouped(rows: readonly CallRow[], name: (row: CallRow) => string): Record<string, object> {
  const groups = Map.groupBy(rows, name)
  return Object.fromEntries(
    [...groups].map(([key, group]) => {
      const errors = group.filter(({ status }) => status === 'error').length
      return [key, { ...latenciesOf(group.map(({ ms }) => ms)), errors }]
    }),
  )
}

function byProvider(calls: readonly CallRow[]): Record<string, object> {
  const groups = Map.groupBy(calls, ({ provider }) => provider ?? '')
  return Object.fromEntries(
    [...groups].map(([provider, group]) => {
      const errors = group.filter(({ status }) => status === 'error').length
      const p50Ms = latenciesOf(group.map(({ ms }) => ms))?.p50Ms
      return [
        provider,
        { calls: group.length, errors, successShare: (group.length - errors) / group.length, p50Ms },
      ]
    }),
  )
}

function errorsOf(db: DatabaseSync, sinceMs: number, tenant: string | undefined): readonly object[] {
  return db
    .prepare(
      `SELECT trace_id AS traceId, id AS runId, name, provider, model, error, ended_ms AS atMs FROM runs
       WHERE source = 'gateway' AND started_ms >= ?1 AND status = 'error' AND (?2 IS NULL OR tenant = ?2)
       ORDER BY started_ms DESC LIMIT ?3`,
    )
    .all(sinceMs, tenant ?? null, lastErrors)
}
