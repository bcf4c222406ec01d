/** A call under way, and how its end is booked: ledger note, events, key and circuits. */

import type { ProviderConfig, RecoveryWay } from '../../config/config.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { Attempt } from '../../protocol/plan.ts'
import type { Usage } from '../../protocol/reply.ts'
import type { LeaseEnd } from '../policy/circuit-results.ts'
import type { Lease } from './health-book.ts'
import type { Session } from './session.ts'

export interface Trying {
  readonly session: Session
  readonly provider: ProviderConfig
  readonly lease: Lease
  /** Fields that its dialect has no place for. Not the request as it was written: it would be held as long as a stream runs. */
  readonly dropped: readonly string[]
  readonly startedMs: number
  /** Set where the call finishes a stream that broke. */
  readonly way?: RecoveryWay
  /** Set where two calls ran beside each other. */
  hedge?: { readonly isSecond: boolean; readonly because?: string }
}

export interface TryingEnd {
  readonly fault?: Fault
  readonly usage?: Usage
  readonly firstTokenMs?: number
  readonly spoke?: Attempt['spoke']
}

/** Books the end of a call: ledger note, events, key and circuits. */
export function settle(trying: Trying, end: TryingEnd): void {
  const { session, lease, startedMs, way } = trying
  const { provider, model, key } = lease
  const costUsd = end.usage ? session.parts.catalogue.costUsd(lease, end.usage) : undefined
  session.log.attempted({
    provider,
    model,
    key,
    startedMs,
    firstTokenMs: end.firstTokenMs,
    fault: end.fault,
    usage: end.usage,
    spoke: end.spoke,
    costUsd,
    recovery: way,
    hedge: trying.hedge && hedgeNote(trying.hedge),
  })
  const latencyMs = session.log.nowMs() - startedMs
  if (end.fault) {
    const { code, class: faultClass, message } = end.fault
    const fault = { code, class: faultClass, message }
    const payload = { provider, model, key, latencyMs, fault }
    // A call that lost to another is told, and is no mark against the request.
    if (code === 'hedge_lost') session.parts.publish('api.call.failure', payload, aboutOf(session))
    else session.log.publish('api.call.failure', payload, { provider, model })
  } else session.log.publish('api.call.success', { provider, model, key, latencyMs }, { provider, model })
  session.health.settle(lease, leaseEnd(end.fault))
}

const aboutOf = ({ asked: { requestId } }: Session) => ({ requestId, traceId: requestId })

const hedgeNote = ({ isSecond, because }: NonNullable<Trying['hedge']>): NonNullable<Attempt['hedge']> => ({
  role: isSecond ? 'second' : 'first',
  ...(because === undefined ? {} : { because }),
})

/** What a call's end says of its lease. */
export function leaseEnd(fault: Fault | undefined): LeaseEnd {
  if (fault === undefined) return { kind: 'success' }
  // A deadline or a caller who left says nothing about the provider.
  return fault.class === 'cancelled' || fault.class === 'gateway'
    ? { kind: 'neutral' }
    : { kind: 'fault', fault }
}

export function finalOf(trying: Trying) {
  const { provider, model } = trying.lease
  return { provider, model, simulated: trying.provider.simulated, dropped: trying.dropped }
}
