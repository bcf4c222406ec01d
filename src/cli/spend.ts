/** `spend`: what was spent, by key, tenant, model and the like. */

import { existsSync } from 'node:fs'
import Table from 'cli-table3'
import { journalFile } from '../record/data-directory.ts'
import { readSpend, type SpendQuestion, spendGroups } from '../record/spend/read-spend.ts'
import { readGroups, writeSpend } from '../server/spend/spend-routes.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'
import { journalDirs } from './workers/worker-dirs.ts'

export interface SpendOptions extends CommonOptions {
  readonly by: string
  readonly from?: string
  readonly to?: string
}

export function spend(options: SpendOptions): number {
  const by = readGroups(options.by)
  const from = readTime(options.from)
  const to = readTime(options.to)
  if (by === undefined || from === null || to === null) {
    complain(`--by takes ${spendGroups.join(', ')}, with commas between; --from and --to take ISO 8601 times`)
    return 2
  }
  const question: SpendQuestion = {
    by,
    ...(from === undefined ? {} : { fromUtc: from }),
    ...(to === undefined ? {} : { toUtc: to }),
  }
  const dataDir = dataDirectory(options)
  if (!existsSync(journalFile(dataDir))) {
    complain(
      `there is no ledger in ${dataDir}: start the gateway once, or name another directory with --data`,
    )
    return 1
  }
  const rows = readSpend(journalDirs(dataDir), question)
  if (!rows.ok) {
    complain(rows.fault)
    return 1
  }
  const written = rows.value.map(writeSpend)
  print(options.json ? JSON.stringify(written) : tableOf(by, written))
  return 0
}

/** Null where it is no time. */
function readTime(text: string | undefined): string | undefined | null {
  if (text === undefined) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}

function tableOf(by: SpendQuestion['by'], rows: readonly ReturnType<typeof writeSpend>[]): string {
  const table = new Table({
    head: [...by, 'requests', 'USD', 'tokens in', 'tokens out'],
    style: { head: [], border: [] },
    colAligns: [...by.map(() => 'left' as const), 'right', 'right', 'right', 'right'],
  })
  for (const row of rows)
    table.push([
      ...by.map((group) => row[group] || '(none)'),
      String(row.requests),
      row.usd,
      String(row.input_tokens),
      String(row.output_tokens),
    ])
  return table.toString()
}
