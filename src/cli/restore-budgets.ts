/** Budgets go on where they stood: what was spent this month is read from the ledger when the process starts. */

import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { hasBudget } from '../gateway/limits/claims-of.ts'
import type { Limits } from '../gateway/limits/limits.ts'
import { dayOf, monthOf } from '../gateway/limits/period.ts'
import type { KeyLimits } from '../protocol/access.ts'
import type { Log } from '../record/log/log.ts'
import { askSpend } from '../record/spend/ask-spend.ts'
import type { SpendGroup } from '../record/spend/read-spend.ts'
import type { KeyOffice } from '../server/access/key-office.ts'
import { cliCaller } from './cli-caller.ts'
import { journalDirs } from './workers/worker-dirs.ts'

export interface RestoreParts {
  readonly config: Config
  readonly dataDir: string
  readonly keys: Pick<KeyOffice, 'list'>
  readonly limits: Pick<Limits, 'addSpent'>
  readonly clock: Pick<Clock, 'wallMs'>
  /** The one of several processes that tells what they share. */
  readonly isFirst: boolean
  readonly log: Pick<Log, 'warn'>
}

/** Nothing is read where nobody has a budget. */
export async function restoreBudgets(parts: RestoreParts): Promise<void> {
  const { config, keys } = parts
  const listed = keys.list(cliCaller)
  const all: readonly { readonly limits: KeyLimits }[] = listed.ok ? listed.value : []
  if (all.some(({ limits }) => hasBudget(limits))) await restore(parts, 'key')
  if ([...config.tenants.values()].some(hasBudget)) await restore(parts, 'tenant')
}

async function restore(
  { dataDir, limits, clock, isFirst, log }: RestoreParts,
  group: Extract<SpendGroup, 'key' | 'tenant'>,
): Promise<void> {
  const nowMs = clock.wallMs()
  const month = monthOf(nowMs)
  const day = dayOf(nowMs)
  const fromUtc = `${month.name}-01T00:00:00.000Z`
  const rows = await askSpend(journalDirs(dataDir), { by: [group, 'day'], fromUtc })
  if (!rows.ok) return log.warn(`budgets begin anew, for what was spent cannot be read: ${rows.fault}`)
  for (const { group: of, microUsd } of rows.value) {
    const name = of[group] ?? ''
    if (name === '' || microUsd === 0) continue
    for (const { name: period, endsInMs } of of.day === day.name ? [month, day] : [month])
      limits.addSpent({ name: `budget:${group}:${name}:${period}`, microUsd, endsInMs }, isFirst)
  }
}
