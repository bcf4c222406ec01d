/** What one request teaches of each target it tried: pure. */

import type { FaultClass } from '../../protocol/fault-kind.ts'
import type { LedgerRecord } from '../../protocol/ledger-entry.ts'
import type { Attempt, Target } from '../../protocol/plan.ts'

export interface Lesson extends Target {
  /** Whether each call was answered, in order. */
  readonly calls: readonly boolean[]
  /** How smoothly the request went at this target alone, 0 to 1. */
  readonly resilience: number
  /** Ms of the call that answered. */
  readonly latencyMs?: number
  readonly firstTokenMs?: number
  readonly costUsd?: number
}

/** Faults that say nothing of the target: the caller's, the request's, the gateway's own. */
const notItsOwn: ReadonlySet<FaultClass> = new Set([
  'invalid_request',
  'content_policy',
  'context_length',
  'cancelled',
  'gateway',
])

/** What a failed call costs, as in the request's own score. */
const failurePenalty = 0.2
/** The most a target that did not answer can have. */
const unansweredMost = 0.5

/** One lesson for each target that was tried and could have answered, in the order they were tried first. */
export function lessonsOf(record: Pick<LedgerRecord, 'attempts'>): readonly Lesson[] {
  const own = record.attempts.filter(({ fault }) => fault === undefined || !notItsOwn.has(fault.class))
  if (own.length === 1) return lessonOf(own)
  const targets = Map.groupBy(own, ({ provider, model }) => `${provider}\n${model}`)
  return [...targets.values()].flatMap(lessonOf)
}

function lessonOf(attempts: readonly Attempt[]): readonly Lesson[] {
  const last = attempts.at(-1)
  if (last === undefined) return []
  const failures = attempts.filter(({ fault }) => fault !== undefined).length
  const answered = attempts.find(({ fault }) => fault === undefined)
  const most = answered ? 1 : unansweredMost
  const { provider, model } = last
  return [
    {
      provider,
      model,
      calls: attempts.map(({ fault }) => fault === undefined),
      resilience: Math.max(0, Math.min(most, 1 - failures * failurePenalty)),
      latencyMs: answered && answered.endedMs - answered.startedMs,
      firstTokenMs: answered && sinceStart(answered),
      costUsd: answered?.costUsd === undefined ? undefined : Number(answered.costUsd),
    },
  ]
}

const sinceStart = ({ startedMs, firstTokenMs }: Attempt) =>
  firstTokenMs === undefined ? undefined : firstTokenMs - startedMs
