/** Takes personal data and secrets out of the free texts of an entry: tags, the caller's request id, what providers said of their faults. */

import type { LedgerRecord } from '../protocol/ledger-entry.ts'
import type { Attempt } from '../protocol/plan.ts'
import type { Redact } from './redact.ts'

type Cause = NonNullable<NonNullable<Attempt['fault']>['cause']>
type Unkept = Omit<LedgerRecord, 'commitments'>

export function redactRecord(record: Unkept, redact: Redact): Unkept {
  const { callerRequestId, error, attempts, metadata } = record
  const hasFaults = attempts.some(({ fault }) => fault)
  if (callerRequestId === undefined && !error && !hasFaults && isEmpty(metadata)) return record
  return {
    ...record,
    ...(callerRequestId === undefined ? {} : { callerRequestId: redact(callerRequestId) }),
    ...(error && { error: { ...error, message: redact(error.message), chain: error.chain.map(redact) } }),
    attempts: hasFaults ? attempts.map((one) => redactAttempt(one, redact)) : attempts,
    metadata: redactValues(metadata, redact),
  }
}

function isEmpty(tags: Readonly<Record<string, string>>): boolean {
  for (const _name in tags) return false
  return true
}

function redactAttempt(attempt: Attempt, redact: Redact): Attempt {
  const { fault, because } = attempt
  if (fault === undefined) return attempt
  const { message, cause } = fault
  return {
    ...attempt,
    because: redact(because),
    fault: { ...fault, message: redact(message), ...(cause && { cause: redactCause(cause, redact) }) },
  }
}

function redactValues(tags: Readonly<Record<string, string>>, redact: Redact): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [redact(name), redact(value)]))
}

function redactCause({ status, ...said }: Cause, redact: Redact): Cause {
  const texts = Object.entries(said).map(([name, text]) => [name, redact(text ?? '')])
  return { ...(status === undefined ? {} : { status }), ...Object.fromEntries(texts) }
}
