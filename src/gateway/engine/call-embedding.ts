/** One embeddings call to one target with one key, for as many inputs as it takes at once. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { ProviderConfig } from '../../config/config.ts'
import type { OutboundAdapter, WireRequest } from '../../protocol/adapter.ts'
import type {
  EmbeddingAdapter,
  EmbeddingInput,
  EmbeddingReply,
  EmbeddingRequest,
} from '../../protocol/embedding.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { type Call, callWith } from './call.ts'
import { inexpressible } from './call-target.ts'
import type { Lease } from './health-book.ts'
import type { RequestEnd } from './request-log.ts'
import type { Session } from './session.ts'
import { finalOf, settle, type Trying } from './trying.ts'
import { readJson } from './whole-answer.ts'

export interface EmbeddingCall {
  /** Settled here, whatever comes. */
  readonly lease: Lease
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
  given: EmbeddingCall,
): Promise<Outcome<Embedded, Fault>> {
  const { lease } = given
  const written = writeCall(session, given)
  if (!written.ok) {
    session.health.settle(lease, { kind: 'neutral' })
    return written
  }
  const { provider, adapter, embedding, secret, wire, inputs } = written.value
  const trying: Trying = { session, provider, lease, dropped: wire.dropped, startedMs: session.log.nowMs() }
  const attempt = session.log.attempts().length + 1
  const { provider: at, model, key } = lease
  session.log.publish('api.call.attempt', { provider: at, model, key, attempt }, { provider: at, model })
  const call: Call = {
    provider,
    adapter,
    wire,
    secret,
    stream: false,
    streamUsage: false,
    choices: 1,
    timeouts: session.timeouts,
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

interface WrittenEmbedding {
  readonly provider: ProviderConfig
  readonly adapter: OutboundAdapter
  readonly embedding: EmbeddingAdapter
  readonly secret: string
  readonly wire: WireRequest
  readonly inputs: readonly EmbeddingInput[]
}

/** Everything that has to be there before anything is sent. */
function writeCall(
  session: Session,
  { lease, request, rest }: EmbeddingCall,
): Outcome<WrittenEmbedding, Fault> {
  const provider = session.config.providers.get(lease.provider)
  const adapter = provider && session.parts.adapters[provider.dialect]
  const embedding = provider && session.parts.embeddings?.[provider.dialect]
  if (provider === undefined || adapter === undefined || embedding === undefined)
    return failed(makeFault('upstream_unreachable', 'the provider is no longer configured for embeddings'))
  const inputs = rest.slice(0, provider.maxEmbeddingInputs ?? embedding.maxInputs)
  const wire = embedding.writeRequest(request, inputs, lease.model)
  if (session.asked.extension.strict && wire.dropped.length > 0)
    return failed(inexpressible(lease, wire.dropped))
  const secret = session.health.secretOf(lease.provider, lease.key)
  if (secret === undefined)
    return failed(makeFault('upstream_unreachable', 'the key is no longer configured'))
  return done({ provider, adapter, embedding, secret, wire, inputs })
}
