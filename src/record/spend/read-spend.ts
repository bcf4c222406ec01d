/** What was spent, summed from the ledger: by key, tenant, route, model, provider or day. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import { journalFile } from '../data-directory.ts'
import { auditOutcome } from '../journal-schema.ts'

export const spendGroups = ['key', 'tenant', 'route', 'model', 'provider', 'day'] as const

export type SpendGroup = (typeof spendGroups)[number]

export interface SpendQuestion {
  /** The sums are of what is equal in all of these. */
  readonly by: readonly SpendGroup[]
  /** ISO 8601; the first is counted, the second is not. */
  readonly fromUtc?: string
  readonly toUtc?: string
  /** Of one tenant; of all where absent. */
  readonly tenant?: string
}

export interface SpendRow {
  /** Empty where an entry has none, as requests without a key. */
  readonly group: Readonly<Partial<Record<SpendGroup, string>>>
  readonly requests: number
  /** Requests that cost something, as far as that is known. */
  readonly priced: number
  readonly microUsd: number
  readonly inputTokens: number
  readonly outputTokens: number
}

const columns: Readonly<Record<SpendGroup, string>> = {
  key: `coalesce(key, '')`,
  tenant: 'tenant',
  route: 'route',
  model: `coalesce(model, '')`,
  provider: `coalesce(provider, '')`,
  day: 'substr(at_utc, 1, 10)',
}

/** Over all journals, the dearest first. A fault is the reason in words. */
export function readSpend(
  dirs: readonly string[],
  question: SpendQuestion,
): Outcome<readonly SpendRow[], string> {
  const sums = new Map<string, SpendRow>()
  for (const dir of dirs) {
    const rows = readOne(dir, question)
    if (!rows.ok) return rows
    for (const row of rows.value) {
      const name = JSON.stringify(question.by.map((group) => row.group[group]))
      sums.set(name, added(sums.get(name), row))
    }
  }
  return done(
    [...sums.values()].sort((one, other) => other.microUsd - one.microUsd || other.requests - one.requests),
  )
}

function added(before: SpendRow | undefined, row: SpendRow): SpendRow {
  if (before === undefined) return row
  return {
    group: row.group,
    requests: before.requests + row.requests,
    priced: before.priced + row.priced,
    microUsd: before.microUsd + row.microUsd,
    inputTokens: before.inputTokens + row.inputTokens,
    outputTokens: before.outputTokens + row.outputTokens,
  }
}

function readOne(dir: string, question: SpendQuestion): Outcome<readonly SpendRow[], string> {
  const path = journalFile(dir)
  if (!existsSync(path)) return done([])
  try {
    const db = new DatabaseSync(path, { readOnly: true })
    try {
      db.exec('PRAGMA busy_timeout=5000')
      const { sql, values } = spendQuery(question)
      return done(
        db
          .prepare(sql)
          .all(values)
          .map((row) => toRow(row, question.by)),
      )
    } finally {
      db.close()
    }
  } catch (error) {
    return failed(`${path} cannot be read: ${reasonOf(error)}`)
  }
}

/** Costs are texts of six places: as whole micro-dollars they add up exactly. */
const micro = 'CAST(round(CAST(cost AS REAL) * 1000000) AS INTEGER)'

/** A call beside the attempts of a request: its cost is its own model's, and it is no request. */
const beside = (call: string, from: string, where: string) => `
  SELECT at_utc, tenant, route, entries.json ->> '$.virtualKeyId' AS key, ${call} ->> '$.provider' AS provider,
    ${call} ->> '$.model' AS model, 0 AS request, ${call} ->> '$.costUsd' AS cost,
    ${call} ->> '$.inputTokens' AS input, ${call} ->> '$.outputTokens' AS output
  FROM ${from} WHERE ${call} ->> '$.model' IS NOT NULL AND ${where}`

/** What was paid for: each request, and the calls that were made for it beside its attempts. */
const paid = (where: string) => `
  SELECT at_utc, tenant, route, json ->> '$.virtualKeyId' AS key, provider, model, 1 AS request,
    json ->> '$.estimatedCostUsd' AS cost, json ->> '$.usage.input' AS input, json ->> '$.usage.output' AS output
  FROM entries WHERE ${where}
  UNION ALL ${beside(`(entries.json -> '$.vectorCall')`, 'entries', where)}
  UNION ALL ${beside('rewrite.value', `entries, json_each(entries.json, '$.rewrites') AS rewrite`, where)}`

function spendQuery({ by, fromUtc, toUtc, tenant }: SpendQuestion) {
  const values: Record<string, string> = {}
  const where = [`outcome <> '${auditOutcome}'`]
  const bound = (name: string, condition: string, value: string | undefined) => {
    if (value === undefined) return
    where.push(`${condition} :${name}`)
    values[name] = value
  }
  bound('from', 'at_utc >=', fromUtc)
  bound('to', 'at_utc <', toUtc)
  bound('tenant', 'tenant =', tenant)
  const groups = by.map((group) => `${columns[group]} AS g_${group}`)
  const names = by.map((group) => `g_${group}`)
  const sql = `SELECT ${[
    ...groups,
    'coalesce(sum(request), 0) AS requests',
    'count(CASE WHEN request = 1 THEN cost END) AS priced',
    `coalesce(sum(${micro}), 0) AS microUsd`,
    'coalesce(sum(input), 0) AS inputTokens',
    'coalesce(sum(output), 0) AS outputTokens',
  ].join(', ')} FROM (${paid(where.join(' AND '))})${names.length > 0 ? ` GROUP BY ${names.join(', ')}` : ''}`
  return { sql, values }
}

function toRow(row: Readonly<Record<string, unknown>>, by: readonly SpendGroup[]): SpendRow {
  return {
    group: Object.fromEntries(by.map((group) => [group, String(row[`g_${group}`] ?? '')])),
    requests: Number(row['requests']),
    priced: Number(row['priced']),
    microUsd: Number(row['microUsd']),
    inputTokens: Number(row['inputTokens']),
    outputTokens: Number(row['outputTokens']),
  }
}
