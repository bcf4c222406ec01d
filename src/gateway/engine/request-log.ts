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
import type { EngineRequest } from './engine-port.ts'

/** Events kept in a ledger entry; the rest are counted. */
const keptEvents = 100

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

export function openRequestLog(
  asked: EngineRequest,
  plan: () => Plan | undefined,
  parts: { readonly clock: Clock; readonly publish: Publish; readonly config: () => Pick<Config, 'score'> },
): RequestLog {
  const startMs = parts.clock.monoMs()
  const atUtc = utcText(parts.clock.wallMs())
  const about = { requestId: asked.requestId, traceId: asked.requestId }
  const attempts: Attempt[] = []
  const events: ResilienceEvent[] = []
  let leftOut = 0
  let firstBecause: string | undefined
  let vectorCall: VectorCall | undefined
  const nowMs = () => round(parts.clock.monoMs() - startMs)
  const chain = () => chainOf(attempts)
  return {
    nowMs,
    chain,
    attempts: () => attempts,
    compared(call) {
      vectorCall = call
    },
    publish(topic, payload, target) {
      parts.publish(topic, payload, about)
      if (topic.startsWith('api.request.') || topic === 'api.call.attempt') return
      if (events.length < keptEvents) events.push({ topic, atMs: nowMs(), ...target })
      else leftOut += 1
    },
    attempted(end) {
      attempts.push(attemptOf(end, nowMs()))
    },
    follows(next, because) {
      const last = attempts.at(-1)
      if (last) attempts[attempts.length - 1] = { ...last, next, because }
      else firstBecause = because
    },
    record: (end, promptHash, rewrites) =>
      makeRecord({
        asked,
        plan: plan(),
        atUtc,
        end,
        promptHash,
        rewrites,
        vectorCall,
        attempts,
        events,
        leftOut,
        failoverReason: hasPassedOver(attempts, plan()) ? firstBecause : undefined,
        totalLatencyMs: nowMs(),
        score: parts.config().score,
      }),
  }
}

/** Named one by one: this is made of every call, and copies of what is there or not cost more. */
function attemptOf(end: AttemptEnd, endedMs: number): Attempt {
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
function chainOf(attempts: readonly Attempt[]): readonly string[] {
  return attempts.flatMap(({ provider, model, key, fault }) =>
    fault && fault.code !== 'hedge_lost'
      ? [`${provider}/${model} ${key}: ${fault.code}: ${fault.message}`]
      : [],
  )
}

/** The first target of the plan was not the first to be called. */
function hasPassedOver(attempts: readonly Attempt[], plan: Plan | undefined): boolean {
  const first = attempts.find(({ hedge }) => hedge?.role !== 'second')
  const [wanted] = plan?.targets ?? []
  return first !== undefined && (first.provider !== wanted?.provider || first.model !== wanted.model)
}

const complete = { next: 'done', because: 'the answer is complete' } as const

const besideIt = ({ code, message }: Fault): Pick<Attempt, 'next' | 'because'> => ({
  next: 'hedge',
  because: code === 'hedge_lost' ? message : 'another target was already being called',
})

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

function faultNote({
  code,
  class: faultClass,
  message,
  retryAfterMs,
  cause,
}: Fault): NonNullable<Attempt['fault']> {
  return { code, class: faultClass, message, retryAfterMs, cause }
}

/** The caller's own tags: text values only, at most 16 of 256 characters. */
function metadataOf({ metadata }: Extension): Record<string, string> {
  const kept: Record<string, string> = {}
  if (metadata === undefined) return kept
  for (const [name, value] of Object.entries(metadata).slice(0, 16))
    if (typeof value === 'string') kept[name.slice(0, 64)] = value.slice(0, 256)
  return kept
}
