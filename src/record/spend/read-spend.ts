/** What was spent, summed from the ledger: by key, tenant, route, model, provider or day. */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { done, failed, type Outcome } from '../../base/outcome.ts'
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
  key: `coalesce(json ->> '$.virtualKeyId', '')`,
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
          .all(...values)
          .map((row) => toRow(row, question.by)),
      )
    } finally {
      db.close()
    }
  } catch (error) {
    return failed(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Costs are texts of six places: as whole micro-dollars they add up exactly. */
const micro = `CAST(round(CAST(json ->> '$.estimatedCostUsd' AS REAL) * 1000000) AS INTEGER)`

function spendQuery({ by, fromUtc, toUtc, tenant }: SpendQuestion) {
  const values: string[] = []
  const where = [`outcome <> '${auditOutcome}'`]
  const bound = (condition: string, value: string | undefined) => {
    if (value === undefined) return
    where.push(condition)
    values.push(value)
  }
  bound('at_utc >= ?', fromUtc)
  bound('at_utc < ?', toUtc)
  bound('tenant = ?', tenant)
  const groups = by.map((group) => `${columns[group]} AS g_${group}`)
  const names = by.map((group) => `g_${group}`)
  const sql = `SELECT ${[
    ...groups,
    'count(*) AS requests',
    `count(json ->> '$.estimatedCostUsd') AS priced`,
    `coalesce(sum(${micro}), 0) AS microUsd`,
    `coalesce(sum(json ->> '$.usage.input'), 0) AS inputTokens`,
    `coalesce(sum(json ->> '$.usage.output'), 0) AS outputTokens`,
  ].join(', ')} FROM entries WHERE ${where.join(' AND ')}${
    names.length > 0 ? ` GROUP BY ${names.join(', ')}` : ''
  }`
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
