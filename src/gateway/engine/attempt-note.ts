/** What the ledger keeps of one call. */

import type { Fault } from '../../protocol/fault.ts'
import type { Attempt, Target } from '../../protocol/plan.ts'
import type { Usage } from '../../protocol/reply.ts'

export interface AttemptEnd extends Target {
  readonly key: string
  readonly startedMs: number
  readonly firstTokenMs?: number
  readonly fault?: Fault
  readonly usage?: Usage
  readonly costUsd?: string
  readonly recovery?: Attempt['recovery']
  readonly spoke?: Attempt['spoke']
  readonly hedge?: Attempt['hedge']
}

/** Named one by one: this is made of every call, and copies of what is there or not cost more. */
export function attemptOf(end: AttemptEnd, endedMs: number): Attempt {
  const { fault, usage, hedge } = end
  const { next, because } = fault && hedge ? besideIt(fault) : complete
  return {
    provider: end.provider,
    model: end.model,
    key: end.key,
    startedMs: end.startedMs,
    firstTokenMs: end.firstTokenMs,
    spoke: end.spoke,
    costUsd: end.costUsd,
    recovery: end.recovery,
    hedge,
    endedMs,
    fault: fault && faultNote(fault),
    inputTokens: usage?.input,
    outputTokens: usage?.output,
    next,
    because,
  }
}

/** One line for each call that failed of itself. */
export function chainOf(attempts: readonly Attempt[]): readonly string[] {
  return attempts.flatMap(({ provider, model, key, fault }) =>
    fault && fault.code !== 'hedge_lost'
      ? [`${provider}/${model} ${key}: ${fault.code}: ${fault.message}`]
      : [],
  )
}

const complete = { next: 'done', because: 'the answer is complete' } as const

const besideIt = ({ code, message }: Fault): Pick<Attempt, 'next' | 'because'> => ({
  next: 'hedge',
  because: code === 'hedge_lost' ? message : 'another target was already being called',
})

function faultNote({
  code,
  class: faultClass,
  message,
  retryAfterMs,
  cause,
}: Fault): NonNullable<Attempt['fault']> {
  return { code, class: faultClass, message, retryAfterMs, cause }
}
