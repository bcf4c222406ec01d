/** Notes what happens to one request, tells the bus as it happens, and makes the ledger record at the end. */

import type { Clock } from '../../base/clock.ts'
import { utcText } from '../../base/utc-text.ts'
import type { Config, ScoreConfig } from '../../config/config.ts'
import type { EventPayloads, Publish, Topic } from '../../protocol/events.ts'
import type { Extension } from '../../protocol/extension.ts'
import type { Fault } from '../../protocol/fault.ts'
import type {
  LedgerOutcome,
  LedgerRecord,
  ResilienceEvent,
  RewriteNote,
  VectorCall,
} from '../../protocol/ledger-entry.ts'
import type { Attempt, NextKind, Plan, Target } from '../../protocol/plan.ts'
import type { Usage } from '../../protocol/reply.ts'
import { scoreResilience } from '../policy/resilience-score.ts'
import { sumUsd } from '../policy/sum-usd.ts'
import { type AttemptEnd, attemptOf, chainOf } from './attempt-note.ts'
import type { EngineRequest } from './engine-port.ts'

/** Events kept in a ledger entry; the rest are counted. */
const keptEvents = 100

export interface RequestEnd {
  readonly outcome: LedgerOutcome
  readonly fault?: Fault
  readonly final?: Target & { readonly simulated: boolean; readonly dropped: readonly string[] }
  readonly usage?: Usage
  readonly timeToFirstTokenMs?: number
  readonly finalResponseHash?: string
}

/** What the ledger keeps of an event beside its topic and time. */
export type EventNote = Partial<Target> & Pick<ResilienceEvent, 'detail'>

export interface RequestLog {
  /** When the request was accepted. */
  readonly atUtc: string
  /** Ms since the request was accepted. */
  nowMs(): number
  publish<Name extends Topic>(topic: Name, payload: EventPayloads[Name], about?: EventNote): void
  attempted(end: AttemptEnd): void
  /** The question was to be compared by meaning; at most once. */
  compared(call: VectorCall): void
  /** Says what follows the last attempt, and why; before the first, why another target than the first is called. */
  follows(next: NextKind, because: string): void
  attempts(): readonly Attempt[]
  /** One line per failed attempt. */
  chain(): readonly string[]
  record(
    end: RequestEnd,
    promptHash: string,
    rewrites: readonly RewriteNote[],
  ): Omit<LedgerRecord, 'commitments'>
}

export interface LogParts {
  readonly clock: Clock
  readonly publish: Publish
  readonly config: () => Pick<Config, 'score'>
}

export const openRequestLog = (
  asked: EngineRequest,
  plan: () => Plan | undefined,
  parts: LogParts,
): RequestLog => new OpenLog(asked, plan, parts)

/** Has identity: one request's notes. A class, for one is made for every request. */
class OpenLog implements RequestLog {
  readonly atUtc: string
  readonly #asked: EngineRequest
  readonly #plan: () => Plan | undefined
  readonly #parts: LogParts
  readonly #startMs: number
  readonly #about: { readonly requestId: string; readonly traceId: string }
  readonly #attempts: Attempt[] = []
  readonly #events: ResilienceEvent[] = []
  #leftOut = 0
  #firstBecause: string | undefined
  #vectorCall: VectorCall | undefined

  constructor(asked: EngineRequest, plan: () => Plan | undefined, parts: LogParts) {
    this.#asked = asked
    this.#plan = plan
    this.#parts = parts
    this.#startMs = parts.clock.monoMs()
    this.atUtc = utcText(parts.clock.wallMs())
    this.#about = { requestId: asked.requestId, traceId: asked.requestId }
  }

  nowMs(): number {
    return round(this.#parts.clock.monoMs() - this.#startMs)
  }

  attempts(): readonly Attempt[] {
    return this.#attempts
  }

  chain(): readonly string[] {
    return chainOf(this.#attempts)
  }

  compared(call: VectorCall): void {
    this.#vectorCall = call
  }

  publish<Name extends Topic>(topic: Name, payload: EventPayloads[Name], target?: EventNote): void {
    this.#parts.publish(topic, payload, this.#about)
    if (topic.startsWith('api.request.') || topic === 'api.call.attempt') return
    if (this.#events.length < keptEvents) this.#events.push({ topic, atMs: this.nowMs(), ...target })
    else this.#leftOut += 1
  }

  attempted(end: AttemptEnd): void {
    this.#attempts.push(attemptOf(end, this.nowMs()))
  }

  follows(next: NextKind, because: string): void {
    const last = this.#attempts.at(-1)
    if (last) this.#attempts[this.#attempts.length - 1] = { ...last, next, because }
    else this.#firstBecause = because
  }

  record(
    end: RequestEnd,
    promptHash: string,
    rewrites: readonly RewriteNote[],
  ): Omit<LedgerRecord, 'commitments'> {
    const plan = this.#plan()
    const attempts = this.#attempts
    return makeRecord({
      asked: this.#asked,
      plan,
      atUtc: this.atUtc,
      end,
      promptHash,
      rewrites,
      vectorCall: this.#vectorCall,
      attempts,
      events: this.#events,
      leftOut: this.#leftOut,
      failoverReason: hasPassedOver(attempts, plan) ? this.#firstBecause : undefined,
      totalLatencyMs: this.nowMs(),
      score: this.#parts.config().score,
    })
  }
}

/** The first target of the plan was not the first to be called. */
function hasPassedOver(attempts: readonly Attempt[], plan: Plan | undefined): boolean {
  const first = attempts.find(({ hedge }) => hedge?.role !== 'second')
  const [wanted] = plan?.targets ?? []
  return first !== undefined && (first.provider !== wanted?.provider || first.model !== wanted.model)
}

interface RecordParts {
  readonly asked: EngineRequest
  readonly plan: Plan | undefined
  readonly atUtc: string
  readonly end: RequestEnd
  readonly promptHash: string
  readonly rewrites: readonly RewriteNote[]
  readonly vectorCall: VectorCall | undefined
  readonly attempts: readonly Attempt[]
  readonly events: readonly ResilienceEvent[]
  readonly leftOut: number
  readonly failoverReason: string | undefined
  readonly totalLatencyMs: number
  readonly score: ScoreConfig
}

/** Named one by one: this is made of every request, and copies of what is there or not cost more. */
function makeRecord(parts: RecordParts): Omit<LedgerRecord, 'commitments'> {
  const { asked, plan, end, attempts, rewrites } = parts
  const { requestId, callerRequestId, tenant, virtualKeyId, request } = asked
  const topics = parts.events.map(({ topic }) => topic)
  const rewritten = rewrites.length > 0 ? rewriteFields(rewrites, end) : undefined
  return {
    requestId,
    callerRequestId,
    traceId: requestId,
    tenant,
    virtualKeyId,
    atUtc: parts.atUtc,
    route: request.model,
    dialect: asked.dialectName ?? request.dialect,
    stream: request.stream,
    initialPromptHash: parts.promptHash,
    finalResponseHash: end.finalResponseHash,
    outcome: end.outcome,
    error: end.fault && errorNote(end.fault, chainOf(attempts)),
    plan,
    attempts,
    resilienceEvents: parts.events,
    resilienceEventsLeftOut: parts.leftOut,
    totalLatencyMs: parts.totalLatencyMs,
    timeToFirstTokenMs: end.timeToFirstTokenMs,
    totalApiCalls: attempts.length,
    finalProvider: end.final?.provider,
    finalModel: end.final?.model,
    selectionMode: plan?.selectionMode ?? 'priority',
    failoverReason: parts.failoverReason,
    rewriteAttempted: rewritten !== undefined,
    rewriteSucceeded: rewritten?.rewriteSucceeded,
    rewrites: rewritten?.rewrites,
    finalPromptHash: rewritten?.finalPromptHash,
    vectorCall: parts.vectorCall,
    usage: end.usage,
    estimatedCostUsd: sumUsd(attempts.map(({ costUsd }) => costUsd)),
    resilienceScore: scoreResilience(topics, end.final !== undefined, parts.score),
    costCap: asked.extension.max_estimated_cost_usd?.toString(),
    metadata: metadataOf(asked.extension),
    dropped: end.final?.dropped ?? none,
    simulated: end.final?.simulated ?? false,
  }
}

const none: readonly string[] = []

function rewriteFields(
  rewrites: readonly RewriteNote[],
  { fault }: RequestEnd,
): Pick<LedgerRecord, 'rewriteSucceeded' | 'rewrites' | 'finalPromptHash'> {
  const finalPromptHash = rewrites.findLast(({ afterHash }) => afterHash !== undefined)?.afterHash
  const rewriteSucceeded = fault === undefined && finalPromptHash !== undefined
  return { rewriteSucceeded, rewrites, finalPromptHash }
}

function errorNote(
  { code, class: faultClass, message }: Fault,
  chain: readonly string[],
): LedgerRecord['error'] {
  return { code, class: faultClass, message, chain }
}

const round = (ms: number) => Math.round(ms * 100) / 100

/** The caller's own tags: text values only, at most 16 of 256 characters. */
function metadataOf({ metadata }: Extension): Record<string, string> {
  const kept: Record<string, string> = {}
  if (metadata === undefined) return kept
  for (const [name, value] of Object.entries(metadata).slice(0, 16))
    if (typeof value === 'string') kept[name.slice(0, 64)] = value.slice(0, 256)
  return kept
}
