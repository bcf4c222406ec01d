/** One call to one target with one key: borrow, write, send; settled at once where it fails. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { StopSignal } from '../../base/stop-signal.ts'
import type { ProviderConfig, RecoveryWay } from '../../config/config.ts'
import type { OutboundAdapter, WireRequest } from '../../protocol/adapter.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import { type CallAnswer, callOnce } from './call.ts'
import type { Lease } from './health-book.ts'
import { timeoutsFor } from './lend.ts'
import type { Session } from './session.ts'
import { settle, type Trying } from './trying.ts'

export interface TargetCall {
  /** Settled here where the call fails, and by whoever takes its answer where it does not. */
  readonly lease: Lease
  readonly request: ChatRequest
  /** Set where the call finishes a stream that broke. */
  readonly way?: RecoveryWay
  /** Set where another call may run beside it. */
  readonly beside?: Beside
}

export interface Beside {
  readonly signal: StopSignal
  /** Told before the call sets out. */
  begun(trying: Trying): void
  /** The other call answered first, and this one is already booked as lost. */
  isLost(): boolean
}

export interface Called {
  readonly trying: Trying
  readonly answer: CallAnswer
}

export async function callTarget(session: Session, call: TargetCall): Promise<Outcome<Called, Fault>> {
  const { lease, way, beside } = call
  const written = writeCall(session, call)
  if (!written.ok) {
    session.health.settle(lease, { kind: 'neutral' })
    return written
  }
  const { provider, adapter, secret, wire } = written.value
  const trying: Trying = {
    session,
    provider,
    lease,
    dropped: wire.dropped,
    startedMs: session.log.nowMs(),
    way,
  }
  beside?.begun(trying)
  const attempt = session.log.attempts().length + (trying.hedge?.isSecond ? 2 : 1)
  const { provider: at, model, key } = lease
  session.log.publish('api.call.attempt', { provider: at, model, key, attempt }, { provider: at, model })
  const outcome = await callOnce(session.parts, {
    provider,
    adapter,
    wire,
    secret,
    stream: call.request.stream,
    streamUsage: call.request.streamUsage,
    choices: call.request.choices ?? 1,
    timeouts: timeoutsFor(session, lease),
    leftMs: session.leftMs(),
    streamLeftMs: session.streamLeftMs(),
    signal: beside?.signal ?? session.asked.signal,
    onHeaders: session.asked.onHeaders,
  })
  const isLost = beside?.isLost() ?? false
  noteLatency(trying, outcome, isLost)
  if (isLost) return await abandon(outcome)
  if (outcome.ok) {
    if (outcome.value.kind === 'stream') session.health.accepted(lease)
    return done({ trying, answer: outcome.value })
  }
  const fault = way ? nothingToAdd(outcome.fault, way) : outcome.fault
  settle(trying, { fault })
  return failed(fault)
}

/** A call that was ended by a limit or by the winner took at least as long; other faults tell nothing. */
function noteLatency(
  { session, lease, startedMs }: Trying,
  outcome: Outcome<CallAnswer, Fault>,
  isLost: boolean,
): void {
  const tells = outcome.ok || isLost || outcome.fault.class === 'timeout'
  if (tells) session.health.tookMs(lease, session.asked.request.stream, session.log.nowMs() - startedMs)
}

/** It may have answered in the very moment it lost. */
async function abandon(outcome: Outcome<CallAnswer, Fault>): Promise<Outcome<Called, Fault>> {
  if (outcome.ok && outcome.value.kind === 'stream') await outcome.value.stream.rest.return()
  return failed(makeFault('hedge_lost', 'another target answered first'))
}

interface WrittenCall {
  readonly provider: ProviderConfig
  readonly adapter: OutboundAdapter
  readonly secret: string
  readonly wire: WireRequest
}

/** Everything that has to be there before anything is sent. */
function writeCall(session: Session, { lease, request }: TargetCall): Outcome<WrittenCall, Fault> {
  const unreachable = (why: string) => failed(makeFault('upstream_unreachable', why))
  const provider = session.config.providers.get(lease.provider)
  if (provider === undefined) return unreachable('the provider is no longer configured')
  const adapter = session.parts.adapters[provider.dialect]
  if (adapter === undefined) return unreachable(`the dialect ${provider.dialect} is not spoken yet`)
  const written = adapter.writeRequest(request, { model: lease.model, abilities: session.factsOf(lease) })
  const wire = { ...written, dropped: written.dropped.map((name) => request.fieldNames?.[name] ?? name) }
  if (session.asked.extension.strict && wire.dropped.length > 0)
    return failed(inexpressible(lease, wire.dropped))
  const secret = session.health.secretOf(lease.provider, lease.key)
  if (secret === undefined) return unreachable('the key is no longer configured')
  return done({ provider, adapter, secret, wire })
}

/** Asked to go on with an answer, a model that has nothing to add is in order; whether the answer is whole cannot be seen. */
function nothingToAdd(fault: Fault, way: RecoveryWay): Fault {
  if (way === 'align' || fault.code !== 'upstream_empty') return fault
  return makeFault('upstream_departed', 'asked to go on, the target had nothing to add')
}

export function inexpressible({ provider, model }: Target, dropped: readonly string[]): Fault {
  const lost = `${provider}/${model} cannot express ${dropped.join(', ')}`
  return makeFault('not_expressible', lost, { retry: 'other-model', scope: 'request' })
}
