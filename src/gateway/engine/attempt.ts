/** One try of a request: borrow a key, call, settle, and hand the answer on. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import type { Reply } from '../../protocol/reply.ts'
import { callOnce } from './call.ts'
import { deliver } from './deliver.ts'
import type { Answer } from './engine-port.ts'
import type { Session } from './session.ts'
import { finalOf, settle, type Trying } from './trying.ts'

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
  if (session.asked.extension.strict && wire.dropped.length > 0) {
    session.health.settle(lease, { kind: 'neutral' })
    const lost = `${target.provider}/${target.model} cannot express ${wire.dropped.join(', ')}`
    return failed(makeFault('not_expressible', lost, { retry: 'other-model', scope: 'request' }))
  }
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

async function answerWhole(trying: Trying, reply: Reply, raw: string): Promise<Answer> {
  const { session } = trying
  const costUsd = settle(trying, { usage: reply.usage })
  const text = reply.choices
    .map(({ content }) => content.map((part) => ('text' in part ? part.text : '')).join(''))
    .join('\n')
  const finalResponseHash = session.parts.notary.hashText(text, session.asked.tenant)
  const final = finalOf(trying)
  const written = await session.end(
    { outcome: 'SUCCESS', final, usage: reply.usage, costUsd, finalResponseHash },
    text.slice(0, 4_096),
  )
  const meta = session.meta('SUCCESS', final)
  if (!written.ok && session.config.ledger.mode === 'required')
    return { kind: 'fault', fault: makeFault('ledger_unavailable', 'the ledger cannot be written'), meta }
  const sameDialect = trying.provider.dialect === session.asked.request.dialect
  return { kind: 'reply', reply, ...(sameDialect ? { raw } : {}), meta }
}
