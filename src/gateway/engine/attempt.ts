/** One try of a request: borrow a key, call, settle, and hand the answer on. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { ProviderConfig } from '../../config/config.ts'
import type { WireRequest } from '../../protocol/adapter.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import type { Reply, Usage } from '../../protocol/reply.ts'
import { callOnce } from './call.ts'
import { deliver } from './deliver.ts'
import type { Answer } from './engine-port.ts'
import type { Lease, LeaseEnd } from './health-book.ts'
import type { Session } from './session.ts'

/** A call under way, with what its end must be booked on. */
export interface Trying {
  readonly session: Session
  readonly provider: ProviderConfig
  readonly lease: Lease
  readonly wire: WireRequest
  readonly startedMs: number
}

export async function attempt(
  session: Session,
  target: Target,
  key: string,
): Promise<Outcome<Answer, Fault>> {
  const provider = session.config.providers.get(target.provider)
  if (provider === undefined)
    return failed(makeFault('upstream_unreachable', 'the provider is no longer configured'))
  const adapter = session.parts.adapters[provider.dialect]
  if (adapter === undefined)
    return failed(makeFault('upstream_unreachable', `the dialect ${provider.dialect} is not spoken yet`))
  const lease = session.health.lend(target, key)
  if (lease === undefined) return failed(makeFault('upstream_overloaded', 'its circuit opened a moment ago'))
  const { request } = session.asked
  const wire = adapter.writeRequest(request, { model: target.model, abilities: session.factsOf(target) })
  const trying: Trying = { session, provider, lease, wire, startedMs: session.log.nowMs() }
  session.log.publish(
    'api.call.attempt',
    { ...target, key, attempt: session.log.attempts().length + 1 },
    target,
  )
  const outcome = await callOnce(session.parts, {
    provider,
    adapter,
    wire,
    secret: session.health.secretOf(target.provider, key),
    stream: request.stream,
    streamUsage: request.streamUsage,
    timeouts: timeoutsFor(session, target),
    leftMs: session.leftMs(),
    signal: session.asked.signal,
  })
  if (!outcome.ok) {
    settle(trying, { fault: outcome.fault })
    return outcome
  }
  if (outcome.value.kind === 'stream') return done(deliver(trying, outcome.value.stream))
  return done(await answerWhole(trying, outcome.value.reply, outcome.value.raw))
}

/** First token: one second more for each 10,000 input tokens (four characters each); reasoning models think longer. */
function timeoutsFor(session: Session, target: Target) {
  const { timeouts } = session.config
  const { reasoning } = session.factsOf(target)
  const characters = session.asked.request.messages
    .flatMap(({ content }) => content)
    .reduce((sum, part) => sum + (part.kind === 'text' ? part.text.length : 0), 0)
  const firstTokenMs = timeouts.firstTokenMs + Math.floor(characters / 40_000) * 1_000
  if (!reasoning) return { ...timeouts, firstTokenMs }
  return { ...timeouts, firstTokenMs: firstTokenMs * 12, responseMs: timeouts.responseMs * 10 }
}

export interface TryingEnd {
  readonly fault?: Fault
  readonly usage?: Usage
  readonly firstTokenMs?: number
}

/** Books the end of a call: ledger note, events, key and circuits. Returns its cost. */
export function settle(trying: Trying, end: TryingEnd): string | undefined {
  const { session, lease, startedMs } = trying
  const { provider, model, key } = lease
  const costUsd = end.usage ? session.parts.catalogue.costUsd(lease, end.usage) : undefined
  session.log.attempted({ provider, model, key, startedMs, ...end, ...(costUsd ? { costUsd } : {}) })
  const latencyMs = session.log.nowMs() - startedMs
  if (end.fault) {
    const { code, class: faultClass, message } = end.fault
    const fault = { code, class: faultClass, message }
    session.log.publish('api.call.failure', { provider, model, key, latencyMs, fault }, { provider, model })
  } else session.log.publish('api.call.success', { provider, model, key, latencyMs }, { provider, model })
  session.health.settle(lease, leaseEnd(end.fault))
  return costUsd
}

function leaseEnd(fault: Fault | undefined): LeaseEnd {
  if (fault === undefined) return { kind: 'success' }
  // A deadline or a caller who left says nothing about the provider.
  return fault.class === 'cancelled' || fault.class === 'gateway'
    ? { kind: 'neutral' }
    : { kind: 'fault', fault }
}

export function finalOf(trying: Trying) {
  const { provider, model } = trying.lease
  return { provider, model, simulated: trying.provider.simulated, dropped: trying.wire.dropped }
}

async function answerWhole(trying: Trying, reply: Reply, raw: string): Promise<Answer> {
  const { session } = trying
  const costUsd = settle(trying, { usage: reply.usage })
  const text = reply.choices
    .map(({ content }) => content.map((part) => ('text' in part ? part.text : '')).join(''))
    .join('\n')
  const hash = session.parts.notary.openTextHash(session.asked.tenant)
  hash.update(text)
  const final = finalOf(trying)
  const written = await session.end(
    { outcome: 'SUCCESS', final, usage: reply.usage, costUsd, finalResponseHash: hash.digest() },
    text.slice(0, 4_096),
  )
  const meta = session.meta('SUCCESS', final)
  if (!written.ok && session.config.ledger.mode === 'required')
    return { kind: 'fault', fault: makeFault('ledger_unavailable', 'the ledger cannot be written'), meta }
  const sameDialect = trying.provider.dialect === session.asked.request.dialect
  return { kind: 'reply', reply, ...(sameDialect ? { raw } : {}), meta }
}
