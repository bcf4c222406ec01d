/** One call to one target with one key: borrow, write, send; settled at once where it fails. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { RecoveryWay } from '../../config/config.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import { type CallAnswer, callOnce } from './call.ts'
import type { Session } from './session.ts'
import { settle, type Trying } from './trying.ts'

export interface TargetCall {
  readonly target: Target
  readonly key: string
  readonly request: ChatRequest
  /** Set where the call finishes a stream that broke. */
  readonly way?: RecoveryWay
}

export interface Called {
  readonly trying: Trying
  readonly answer: CallAnswer
}

export async function callTarget(
  session: Session,
  { target, key, request, way }: TargetCall,
): Promise<Outcome<Called, Fault>> {
  const provider = session.config.providers.get(target.provider)
  if (provider === undefined)
    return failed(makeFault('upstream_unreachable', 'the provider is no longer configured'))
  const adapter = session.parts.adapters[provider.dialect]
  if (adapter === undefined)
    return failed(makeFault('upstream_unreachable', `the dialect ${provider.dialect} is not spoken yet`))
  const written = adapter.writeRequest(request, { model: target.model, abilities: session.factsOf(target) })
  const wire = { ...written, dropped: written.dropped.map((name) => request.fieldNames?.[name] ?? name) }
  if (session.asked.extension.strict && wire.dropped.length > 0)
    return failed(inexpressible(target, wire.dropped))
  const secret = session.health.secretOf(target.provider, key)
  if (secret === undefined)
    return failed(makeFault('upstream_unreachable', 'the key is no longer configured'))
  const lease = session.health.lend(target, key)
  if (lease === undefined) return failed(makeFault('upstream_overloaded', 'its circuit opened a moment ago'))
  const trying: Trying = {
    session,
    provider,
    lease,
    wire,
    startedMs: session.log.nowMs(),
    ...(way ? { way } : {}),
  }
  const attempt = session.log.attempts().length + 1
  session.log.publish('api.call.attempt', { ...target, key, attempt }, target)
  const outcome = await callOnce(session.parts, {
    provider,
    adapter,
    wire,
    secret,
    stream: request.stream,
    streamUsage: request.streamUsage,
    timeouts: timeoutsFor(session, target),
    leftMs: session.leftMs(),
    signal: session.asked.signal,
  })
  if (outcome.ok) return done({ trying, answer: outcome.value })
  const fault = way ? nothingToAdd(outcome.fault, way) : outcome.fault
  settle(trying, { fault })
  return failed(fault)
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

/** First token: one second more for each 10,000 input tokens (four characters each); reasoning models think longer. */
function timeoutsFor(session: Session, target: Target) {
  const { timeouts } = session.config
  const { reasoning } = session.factsOf(target)
  let characters = 0
  for (const { content } of session.asked.request.messages)
    for (const part of content) if (part.kind === 'text') characters += part.text.length
  const firstTokenMs = timeouts.firstTokenMs + Math.floor(characters / 40_000) * 1_000
  if (!reasoning) return { ...timeouts, firstTokenMs }
  return { ...timeouts, firstTokenMs: firstTokenMs * 12, responseMs: timeouts.responseMs * 10 }
}
