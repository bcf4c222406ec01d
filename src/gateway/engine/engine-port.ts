/** What the engine takes and gives: a request in, one answer out, and the parts it works with. */

import type { Clock } from '../../base/clock.ts'
import type { Take } from '../../base/flow.ts'
import type { Outcome } from '../../base/outcome.ts'
import type { Random } from '../../base/random.ts'
import type { StopSignal } from '../../base/stop-signal.ts'
import type { Config, ProviderConfig } from '../../config/config.ts'
import type { ModelAbilities, OutboundAdapter } from '../../protocol/adapter.ts'
import type { ChatRequest, Message } from '../../protocol/chat.ts'
import type { EmbeddingAdapter, EmbeddingReply, EmbeddingRequest } from '../../protocol/embedding.ts'
import type { Publish } from '../../protocol/events.ts'
import type { ExplainedTarget, Explanation } from '../../protocol/explanation.ts'
import type { Extension } from '../../protocol/extension.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { LearnedScore } from '../../protocol/learning.ts'
import type { LedgerIntent, LedgerOutcome, LedgerRecord } from '../../protocol/ledger-entry.ts'
import type { Target } from '../../protocol/plan.ts'
import type { Reply, StreamPart, Usage } from '../../protocol/reply.ts'
import type { AnswerCache } from '../cache/answer-cache.ts'
import type { Allowance } from '../limits/allowance.ts'
import type { Transport } from '../transport/transport.ts'
import type { CircuitStanding } from './circuits.ts'
import type { ListedKey } from './key-book.ts'

export interface EngineRequest {
  readonly request: ChatRequest
  readonly requestId: string
  /** The caller's own id for the request, kept beside ours. */
  readonly callerRequestId?: string
  readonly tenant: string
  /** Id of the key the caller came in with. */
  readonly virtualKeyId?: string | undefined
  /** What the caller asks of the gateway itself. */
  readonly extension: Extension
  /** Aborts when the caller goes away. */
  readonly signal: StopSignal
  /** What its caller may still call; absent where that has no limit. */
  readonly allowance?: Allowance | undefined
  /** Told the headers of every provider's answer, refusals among them; names in small letters. */
  readonly onHeaders?: (headers: Readonly<Record<string, string>>) => void
  /** What the ledger calls the dialect, where it is not the request's. */
  readonly dialectName?: string
}

export interface EmbedRequest extends Omit<EngineRequest, 'request' | 'dialectName'> {
  readonly request: EmbeddingRequest
}

export type EmbedAnswer =
  | { readonly kind: 'vectors'; readonly reply: EmbeddingReply; readonly meta: AnswerMeta }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly meta: AnswerMeta }

/** What was true of the answer when its head was sent. */
export interface AnswerMeta {
  readonly requestId: string
  readonly provider?: string
  readonly model?: string
  readonly attempts: number
  readonly outcome: LedgerOutcome
  readonly dropped: readonly string[]
  readonly simulated: boolean
  /** What the cache had to do with it; absent where it was left out. */
  readonly cache?: 'hit' | 'similar' | 'miss' | 'stale'
  /** What its calls cost as far as that is known: a decimal string. */
  readonly costUsd?: string
  /** The user’s last words as they were asked, where they were rewritten and the caller wants to know. */
  readonly rewrittenPrompt?: string
}

/** A piece of a stream. `raw` is the provider's own text, present when caller and provider speak one dialect. */
export interface Chunk {
  readonly raw?: string
  readonly parts: readonly StreamPart[]
}

export type Answer =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly raw?: string; readonly meta: AnswerMeta }
  | { readonly kind: 'stream'; readonly chunks: ChunkFlow; readonly meta: AnswerMeta }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly meta: AnswerMeta }

/** The chunks of a stream, to be iterated over once, to the end or until nobody wants them. */
export interface ChunkFlow extends AsyncIterable<Chunk> {
  /** May be called first: hands over what the first target says, without a promise for each chunk, until it has ended or `take` wants no more. What is left comes from the iterator. */
  relay?(take: Take<Chunk>): Promise<void>
}

/** Texts of a request for people; the ledger cuts and redacts them before it keeps them. */
export interface LedgerTexts {
  readonly initialPrompt: string
  /** The prompt as it was sent at last, where it was rewritten. */
  readonly finalPrompt?: string
  readonly finalResponse?: string
  /** All that was sent, for installations that keep it whole. */
  readonly messages: ChatRequest['messages']
  /** Whom the caller named as the user of its application. */
  readonly endUser?: string
}

export interface TextHash {
  update(text: string): void
  /** Hex. */
  digest(): string
}

/** The engine's view of the ledger: hashes, intent, outcome. Nothing in it throws. */
export interface Notary {
  /** A promise where the conversation is long. */
  hashPrompt(request: ChatRequest, tenant: string): string | Promise<string>
  hashText(text: string, tenant: string): string
  openTextHash(tenant: string): TextHash
  intend(intent: LedgerIntent): Promise<{ readonly ok: boolean }>
  record(record: Omit<LedgerRecord, 'commitments'>, texts: LedgerTexts): Promise<{ readonly ok: boolean }>
}

export interface RewriteCall {
  readonly signal: AbortSignal
  /** Time it is given, ms. */
  readonly leftMs: number
  readonly tenant: string
}

/** Messages of which only texts differ from those given, and what they cost. */
export interface Rephrased extends Partial<Target> {
  readonly messages: readonly Message[]
  readonly usage?: Usage
  /** Decimal string in USD. */
  readonly costUsd?: string
}

/** Rephrases what a provider refused by its policy; a fault is the reason in words. */
export interface PromptRewriter {
  rephraseForPolicyCompliance(
    messages: readonly Message[],
    call: RewriteCall,
  ): Promise<Outcome<Rephrased, string>>
}

export interface ModelFacts extends ModelAbilities {
  readonly contextTokens?: number
}

export interface Catalogue {
  facts(provider: ProviderConfig, model: string): ModelFacts
  /** Decimal string in USD, or undefined where the price is not known. */
  costUsd(target: Target, usage: Usage): string | undefined
  /** The provider is known to have a model of this name. */
  knows(provider: string, model: string): boolean
  /** The provider is known to have an embedding model of this name. */
  knowsEmbedding?(provider: string, model: string): boolean
}

export interface EngineParts {
  readonly config: () => Config
  readonly adapters: Readonly<Partial<Record<ProviderConfig['dialect'], OutboundAdapter>>>
  /** Dialects whose providers can be asked for vectors; none where absent. */
  readonly embeddings?: Readonly<Partial<Record<ProviderConfig['dialect'], EmbeddingAdapter>>>
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly publish: Publish
  readonly notary: Notary
  readonly catalogue: Catalogue
  /** Absent where nothing is ever kept. */
  readonly cache?: AnswerCache<AnswerMeta> | undefined
  /** The built-in one where absent: a call to `rewriter.target`. */
  readonly rewriter?: PromptRewriter
  /** A key's name for people; the same key always has the same. */
  readonly fingerprint: (key: string) => string
  /** What was learned of a target; without it the strategy `learned` keeps the order of the configuration. */
  readonly learned?: (target: Target) => LearnedScore | undefined
}

export interface Engine {
  /** Never throws; a fault is an answer. */
  chat(request: EngineRequest): Promise<Answer>
  /** Never throws; a fault is an answer. Vectors of one answer are all of one model. */
  embed(request: EmbedRequest): Promise<EmbedAnswer>
  /** What `chat` would do with the request now; nothing is called and nothing recorded. */
  explain(asked: Pick<EngineRequest, 'request' | 'extension'>): Outcome<Explanation, Fault>
  /** How every configured target stands now. */
  standings(): readonly ExplainedTarget[]
  /** Requests running now. */
  running(): number
  /**
   * Sends nothing to `PROVIDER` or `PROVIDER/MODEL` until it is released, in this process; calls under way go on.
   * A provider that is not configured is a fault.
   */
  isolate(circuit: string, because: string): Outcome<void, Fault>
  /** Ends an isolation and closes the circuit, also one that opened by itself. */
  release(circuit: string): Outcome<void, Fault>
  /** Circuits that ever failed or were isolated; the others are closed. */
  circuits(): readonly CircuitStanding[]
  /**
   * Lends the key with this fingerprint to no call until it is released, in this process; calls under way go on.
   * A provider that is not configured, or has no such key, is a fault.
   */
  isolateKey(provider: string, key: string, because: string): Outcome<void, Fault>
  /** Ends an isolation; also lets a key be tried again that was refused or rests. */
  releaseKey(provider: string, key: string): Outcome<void, Fault>
  /** Every configured key. */
  keys(): readonly ListedKey[]
}
