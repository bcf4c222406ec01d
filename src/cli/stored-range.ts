/** Which of the stored traces a command is about: by project, age and tenant. */

import { systemClock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { defaultTenant } from '../protocol/access.ts'
import type { StoredTraceFilter } from '../record/runs/stored-traces.ts'

export interface StoredRange {
  readonly project?: string
  /** `7d`, `12h`, `30m`, or an ISO 8601 time. */
  readonly since?: string
  readonly tenant?: string
  readonly limit?: string
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const mostTraces = 10_000

/** A fault says which option is wrong. */
export function storedRange(range: StoredRange, fallbackLimit: number): Outcome<StoredTraceFilter, string> {
  const limit = range.limit === undefined ? fallbackLimit : Number(range.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > mostTraces)
    return failed(`--limit must be a whole number from 1 to ${mostTraces}`)
  const sinceMs = sinceOf(range.since, systemClock.wallMs())
  if (Number.isNaN(sinceMs))
    return failed(`--since takes an age like 7d, 12h or 30m, or an ISO 8601 time, not "${range.since}"`)
  return done({
    tenant: range.tenant ?? defaultTenant,
    limit,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(range.project === undefined ? {} : { project: range.project }),
  })
}

/** NaN where it is neither an age nor a time. */
export function sinceOf(given: string | undefined, nowMs: number): number | undefined {
  if (given === undefined) return undefined
  const age = /^(\d{1,6})([mhd])$/.exec(given)
  return age ? nowMs - Number(age[1]) * (unitMs[age[2] ?? ''] ?? 0) : Date.parse(given)
}
