/** Answers questions about runs; answers are JSON texts, put together without parsing what is stored. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { parseJson } from '../../base/text.ts'
import { orderRuns } from '../../protocol/run-tree.ts'
import type { TraceFilter } from './run-questions.ts'

/** A trace is shown up to so many runs. */
const shownRuns = 20_000

interface TraceRow {
  readonly trace_id: string
  readonly started_ms: number
}

/** A page of traces, newest first, and the cursor of the next. */
export function listTraces(db: DatabaseSync, tenant: string, filter: TraceFilter): string {
  const conditions = conditionsOf(tenant, filter)
  const cursor = readCursor(filter.cursor)
  if (cursor) conditions.push(['(t.started_ms, t.trace_id) < (?, ?)', cursor.startedMs, cursor.id])
  const where = conditions.map(([text]) => text).join(' AND ')
  const values = conditions.flatMap(([, ...given]) => given)
  const rows = db
    .prepare(`SELECT t.* FROM traces t WHERE ${where} ORDER BY t.started_ms DESC, t.trace_id DESC LIMIT ?`)
    .all(...values, filter.limit + 1) as unknown as TraceRow[]
  const page = rows.slice(0, filter.limit)
  const last = page.at(-1)
  const next = rows.length > page.length && last ? writeCursor(last.started_ms, last.trace_id) : undefined
  const scores = scoresOf(
    db,
    tenant,
    page.map((row) => row.trace_id),
  )
  return JSON.stringify({
    traces: page.map((row) => ({ ...toTrace(row), ...scores.get(row.trace_id) })),
    ...(next ? { nextCursor: next } : {}),
  })
}

type Condition = [text: string, ...values: SQLInputValue[]]

function conditionsOf(tenant: string, filter: TraceFilter): Condition[] {
  const anyRun = (column: string) =>
    `t.trace_id IN (SELECT trace_id FROM runs WHERE tenant = t.tenant AND ${column} = ?)`
  const wanted: readonly [text: string, value: SQLInputValue | undefined][] = [
    ['t.tenant = ?', tenant],
    ['t.status = ?', filter.status],
    ['t.source = ?', filter.source],
    ['t.project = ?', filter.project],
    ['t.session_id = ?', filter.session],
    ['t.user_id = ?', filter.user],
    [anyRun('provider'), filter.provider],
    [anyRun('model'), filter.model],
    ['t.started_ms >= ?', filter.sinceMs],
    ['t.started_ms < ?', filter.untilMs],
    ['t.ended_ms - t.started_ms >= ?', filter.minMs],
    [
      't.trace_id IN (SELECT trace_id FROM runs WHERE tenant = t.tenant AND key IN (SELECT rowid FROM runs_text WHERE runs_text MATCH ?))',
      filter.search === undefined ? undefined : searchWords(filter.search),
    ],
  ]
  return wanted.flatMap(([text, value]): Condition[] => (value === undefined ? [] : [[text, value]]))
}

/** Each word in quotes, so that nothing a person types is taken for an operator; the last may go on. */
export function searchWords(text: string): string {
  const words = text.split(/\s+/).filter((word) => word !== '')
  return words.length === 0 ? '""' : `${words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ')}*`
}

const writeCursor = (startedMs: number, id: string) =>
  Buffer.from(JSON.stringify([startedMs, id])).toString('base64url')

/** Undefined for a cursor that is none: the first page is then given. */
function readCursor(cursor: string | undefined): { startedMs: number; id: string } | undefined {
  const read = cursor && parseJson(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (!Array.isArray(read) || typeof read[0] !== 'number' || typeof read[1] !== 'string') return undefined
  return { startedMs: read[0], id: read[1] }
}

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
const renamed: Readonly<Record<string, string>> = { started_ms: 'startedAtMs', ended_ms: 'endedAtMs' }

/** A row in the API's words; what is not known is left out. */
function toTrace(row: object): Record<string, unknown> {
  const known = Object.entries(row).filter(([name, value]) => value !== null && name !== 'tenant')
  return Object.fromEntries(known.map(([name, value]) => [renamed[name] ?? camel(name), value]))
}

function scoresOf(db: DatabaseSync, tenant: string, traceIds: readonly string[]) {
  const rows = db
    .prepare(
      `SELECT trace_id, key, avg(score) AS average, count(*) AS count FROM feedback
       WHERE tenant = ? AND trace_id IN (SELECT value FROM json_each(?)) GROUP BY trace_id, key`,
    )
    .all(tenant, JSON.stringify(traceIds)) as unknown as {
    trace_id: string
    key: string
    average: number | null
    count: number
  }[]
  const byTrace = new Map<string, { scores: Record<string, object> }>()
  for (const { trace_id: traceId, key, average, count } of rows) {
    const scores = byTrace.get(traceId)?.scores ?? {}
    byTrace.set(traceId, { scores: { ...scores, [key]: { average, count } } })
  }
  return byTrace
}

interface RunRow {
  readonly id: string
  readonly parentId: string | null
  readonly dottedOrder: string | null
  readonly startedAtMs: number | null
  readonly json: string
}

/** The runs of a trace in order with their depth, its summary and its feedback; undefined where there is none. */
export function showTrace(db: DatabaseSync, tenant: string, traceId: string): string | undefined {
  const trace = db.prepare('SELECT * FROM traces WHERE tenant = ? AND trace_id = ?').get(tenant, traceId)
  if (trace === undefined) return undefined
  const rows = db
    .prepare(
      `SELECT id, parent_id AS parentId, dotted_order AS dottedOrder, started_ms AS startedAtMs, json
       FROM runs WHERE tenant = ? AND trace_id = ? LIMIT ?`,
    )
    .all(tenant, traceId, shownRuns) as unknown as RunRow[]
  const tree = orderRuns(rows.map(toNode))
  const runs = tree.placed.map(({ node, depth, dottedOrder }) => {
    const order = node.dottedOrder === undefined ? `"dottedOrder":${JSON.stringify(dottedOrder)},` : ''
    return `{"depth":${depth},${order}${node.json.slice(1)}`
  })
  const feedback = db
    .prepare('SELECT json FROM feedback WHERE tenant = ? AND trace_id = ?')
    .all(tenant, traceId) as { json: string }[]
  const summary = JSON.stringify(toTrace(trace))
  const odd = JSON.stringify({ orphans: tree.orphans, cycles: tree.cycles }).slice(1, -1)
  return `{"trace":${summary},${odd},"feedback":[${feedback.map(({ json }) => json).join(',')}],"runs":[${runs.join(',')}]}`
}

const toNode = ({ parentId, dottedOrder, startedAtMs, ...rest }: RunRow) => ({
  ...rest,
  parentId: parentId ?? undefined,
  dottedOrder: dottedOrder ?? undefined,
  startedAtMs: startedAtMs ?? undefined,
})

/** Conversations, the latest first. */
export function listSessions(db: DatabaseSync, tenant: string, limit: number, cursor?: string): string {
  const before = readCursor(cursor)
  const rows = db
    .prepare(
      `SELECT session_id, count(*) AS traces, sum(errors) AS errors, min(started_ms) AS first_ms,
         max(started_ms) AS last_ms, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
         sum(cost_usd) AS cost_usd, max(user_id) AS user_id
       FROM traces WHERE tenant = ? AND session_id IS NOT NULL GROUP BY session_id
       HAVING ? IS NULL OR (max(started_ms), session_id) < (?, ?)
       ORDER BY last_ms DESC, session_id DESC LIMIT ?`,
    )
    .all(
      tenant,
      before?.startedMs ?? null,
      before?.startedMs ?? null,
      before?.id ?? null,
      limit + 1,
    ) as unknown as { session_id: string; first_ms: number; last_ms: number }[]
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const next = rows.length > limit && last ? writeCursor(last.last_ms, last.session_id) : undefined
  return JSON.stringify({
    sessions: page.map(({ first_ms: firstAtMs, last_ms: lastAtMs, ...rest }) => ({
      ...toTrace(rest),
      firstAtMs,
      lastAtMs,
    })),
    ...(next ? { nextCursor: next } : {}),
  })
}
