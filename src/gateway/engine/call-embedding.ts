/** One embeddings call to one target with one key, for as many inputs as it takes at once. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { EmbeddingInput, EmbeddingReply, EmbeddingRequest } from '../../protocol/embedding.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import { type Call, callWith, readJson } from './call.ts'
import { inexpressible } from './call-target.ts'
import type { RequestEnd } from './request-log.ts'
import type { Session } from './session.ts'
import { finalOf, settle, type Trying } from './trying.ts'

export interface EmbeddingCall {
  readonly target: Target
  readonly key: string
  readonly request: EmbeddingRequest
  /** Inputs that are not answered yet. */
  readonly rest: readonly EmbeddingInput[]
}

export interface Embedded {
  readonly reply: EmbeddingReply
  readonly final: RequestEnd['final']
}

/** Answers the first of `rest`, as many as the provider takes in one call. */
export async function callEmbedding(
  session: Session,
  { target, key, request, rest }: EmbeddingCall,
): Promise<Outcome<Embedded, Fault>> {
  const provider = session.config.providers.get(target.provider)
  const adapter = provider && session.parts.adapters[provider.dialect]
  const embedding = provider && session.parts.embeddings?.[provider.dialect]
  if (provider === undefined || adapter === undefined || embedding === undefined)
    return failed(makeFault('upstream_unreachable', 'the provider is no longer configured for embeddings'))
  const inputs = rest.slice(0, provider.maxEmbeddingInputs ?? embedding.maxInputs)
  const wire = embedding.writeRequest(request, inputs, target.model)
  if (session.asked.extension.strict && wire.dropped.length > 0)
    return failed(inexpressible(target, wire.dropped))
  const secret = session.health.secretOf(target.provider, key)
  if (secret === undefined)
    return failed(makeFault('upstream_unreachable', 'the key is no longer configured'))
  const lease = session.health.lend(target, key)
  if (lease === undefined) return failed(makeFault('upstream_overloaded', 'its circuit opened a moment ago'))
  const trying: Trying = { session, provider, lease, wire, startedMs: session.log.nowMs() }
  const attempt = session.log.attempts().length + 1
  session.log.publish('api.call.attempt', { ...target, key, attempt }, target)
  const call: Call = {
    provider,
    adapter,
    wire,
    secret,
    stream: false,
    streamUsage: false,
    timeouts: session.config.timeouts,
    leftMs: session.leftMs(),
    signal: session.asked.signal,
  }
  const outcome = await callWith(session.parts, call, async (answer) => {
    const json = await readJson(answer)
    return json.ok ? embedding.readReply(json.value.body, inputs.length) : json
  })
  if (!outcome.ok) {
    settle(trying, { fault: outcome.fault })
    return outcome
  }
  const tokens = outcome.value.inputTokens
  settle(trying, tokens === undefined ? {} : { usage: { input: tokens, output: 0 } })
  return done({ reply: outcome.value, final: finalOf(trying) })
}
