/** One request on its way: its parts, its time, and the ways it can end. */

import { utcText } from '../../base/utc-text.ts'
import type { Config, Timeouts } from '../../config/config.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { LedgerOutcome, RewriteNote } from '../../protocol/ledger-entry.ts'
import type { Plan, Target } from '../../protocol/plan.ts'
import type { Reservation } from '../limits/allowance.ts'
import type { StepLimits } from '../policy/next-step.ts'
import type { Policies } from '../policy/policies.ts'
import { sumUsd } from '../policy/sum-usd.ts'
import type {
  Answer,
  AnswerMeta,
  EngineParts,
  EngineRequest,
  LedgerTexts,
  ModelFacts,
  PromptRewriter,
} from './engine-port.ts'
import type { Asking, HealthBook } from './health-book.ts'
import type { RequestEnd, RequestLog } from './request-log.ts'
import { spentOn } from './spent-on.ts'
import { timesOf } from './times-of.ts'

/** What became of the request's prompt. */
export interface Rewriting {
  /** The request as it is asked now. */
  readonly request: ChatRequest
  readonly notes: readonly RewriteNote[]
}

export interface Session {
  readonly parts: EngineParts
  readonly health: HealthBook
  readonly asked: EngineRequest
  readonly log: RequestLog
  readonly config: Config
  /** The caller's request, or what was made of it since. */
  request(): ChatRequest
  rewriting(): Rewriting
  rewrote(rewriting: Rewriting): void
  readonly rewriter: PromptRewriter
  readonly policies: Policies
  /** How the request ends where it is answered. */
  success(): LedgerOutcome
  readonly limits: StepLimits
  readonly timeouts: Timeouts
  /** Those of them that the route or the profile names. */
  readonly ownLimits: Partial<Timeouts>
  /** In [0, 1), the same for the whole request. */
  readonly luck: number
  readonly asking: Asking
  /** Ms until the deadline. */
  leftMs(): number
  /** Where a stream that has begun may last longer than the request otherwise. */
  streamLeft(): { readonly streamLeftMs?: number }
  factsOf(target: Target): ModelFacts
  meta(outcome: LedgerOutcome, final?: RequestEnd['final']): AnswerMeta
  /** Writes the intent before the first byte goes out. */
  intend(): Promise<{ readonly ok: boolean }>
  /** Writes the ledger entry and ends the request; only the first call counts. */
  end(end: RequestEnd, finalResponse?: string): Promise<{ readonly ok: boolean }>
  /** Ends the request with a fault, entered in the ledger. */
  fail(fault: Fault): Promise<Answer>
  /** Ends a request that was never accepted: no entry. */
  refuse(fault: Fault): Answer
}

export interface SessionParts {
  /** Absent where no plan could be made. */
  readonly plan?: Plan | undefined
  readonly parts: EngineParts
  readonly health: HealthBook
  readonly asked: EngineRequest
  readonly log: RequestLog
  readonly config: Config
  readonly leave: () => void
  /** Why its caller did not stay for the end of a call that others share; undefined while it does. */
  readonly departure?: (() => Fault | undefined) | undefined
  /** What its calls have set aside. */
  readonly reservation?: Reservation | undefined
  readonly rewriter: PromptRewriter
  readonly policies: Policies
}

/** Named one by one: this is made of every request, and copies of what is there or not cost more. */
export function openSession(opening: SessionParts): Session {
  const { parts, health, asked, log, config, leave, rewriter, policies } = opening
  const { request, rewriting, rewrote, success } = promptOf(asked)
  const { limits, timeouts, ownLimits, luck, asking, leftMs, streamLeft, factsOf } = openFacts(opening)
  const { intend, end } = openEntry(opening, rewriting)
  const session: Session = {
    parts,
    health,
    asked,
    log,
    config,
    policies,
    rewriter,
    request,
    rewriting,
    rewrote,
    success,
    limits,
    timeouts,
    ownLimits,
    luck,
    asking,
    leftMs,
    streamLeft,
    factsOf,
    intend,
    end,
    meta(outcome, final) {
      const meta = metaOf(opening, outcome, final)
      return asked.extension.show_rewrite ? { ...meta, ...shown(rewriting()) } : meta
    },
    fail: (fault) => failWith(session, fault),
    refuse(fault) {
      opening.reservation?.settle({ tokens: 0, costUsd: '0' })
      leave()
      return { kind: 'fault', fault, meta: session.meta('REJECTED') }
    },
  }
  return session
}

/** What the ledger is told of a request: that it sets out, and how it ended. */
function openEntry(opening: SessionParts, rewriting: () => Rewriting): Pick<Session, 'intend' | 'end'> {
  const { parts, asked, log, leave } = opening
  let promptHash = ''
  let ended = false
  const intendWith = (initialPromptHash: string) => {
    promptHash = initialPromptHash
    return parts.notary.intend({ ...intentOf(asked), atUtc: atUtc(parts), initialPromptHash })
  }
  return {
    intend() {
      const hash = parts.notary.hashPrompt(asked.request, asked.tenant)
      return typeof hash === 'string' ? intendWith(hash) : hash.then(intendWith)
    },
    async end(given, finalResponse) {
      if (ended) return { ok: true }
      ended = true
      opening.reservation?.settle(spentOn(log.attempts()))
      const end = asLeft(given, opening.departure?.())
      // What calls nobody has no intent.
      promptHash ||= await parts.notary.hashPrompt(asked.request, asked.tenant)
      log.publish('api.request.end', {
        outcome: end.outcome,
        totalLatencyMs: log.nowMs(),
        attempts: log.attempts().length,
      })
      const written = await parts.notary.record(
        log.record(end, promptHash, rewriting().notes),
        textsOf(asked, rewriting(), finalResponse),
      )
      log.publish('bias.ledger.entry.created', { outcome: end.outcome })
      leave()
      return written
    },
  }
}

async function failWith(session: Session, fault: Fault): Promise<Answer> {
  const { log, config } = session
  const outcome = fault.class === 'cancelled' ? 'CANCELLED' : 'FAILURE'
  const chain = log.chain()
  if (outcome === 'FAILURE' && chain.length > 0) log.publish('all.providers.failed', { chain })
  const summed =
    chain.length > 1 ? { ...fault, message: `${fault.message} (after ${chain.length} attempts)` } : fault
  const written = await session.end({ outcome, fault: summed })
  const meta = session.meta(outcome)
  if (!written.ok && config.ledger.mode === 'required')
    return { kind: 'fault', fault: makeFault('ledger_unavailable', 'the ledger cannot be written'), meta }
  return { kind: 'fault', fault: summed, meta }
}

/** What is settled about a request before it sets out. */
function openFacts({
  parts,
  asked,
  config,
  log,
  plan,
}: SessionParts): Pick<
  Session,
  'limits' | 'timeouts' | 'ownLimits' | 'luck' | 'asking' | 'leftMs' | 'streamLeft' | 'factsOf'
> {
  const luck = parts.random()
  const known = (target: Target): ModelFacts => {
    const provider = config.providers.get(target.provider)
    return provider ? parts.catalogue.facts(provider, target.model) : {}
  }
  const contextOf = (target: Target) => known(target).contextTokens
  const { timeouts, ownLimits, attempts } = timesOf({ parts, config, asked, plan })
  const { totalMs, streamMs = totalMs } = timeouts
  return {
    limits: { ...attempts, unknownIsFatal: config.unknownFaults === 'fatal' },
    timeouts,
    ownLimits,
    luck,
    asking: { isEnforced: luck < config.breaker.enforce, contextOf },
    leftMs: () => (hasBegun(log) ? streamMs : totalMs) - log.nowMs(),
    streamLeft: () => (timeouts.streamMs === undefined ? {} : { streamLeftMs: streamMs - log.nowMs() }),
    factsOf: known,
  }
}

/** The first content of a stream came, so that its time is the stream's. */
const hasBegun = (log: RequestLog) => log.attempts().some(({ firstTokenMs }) => firstTokenMs !== undefined)

/** The calls were made and cost what they cost, but the one who asked for them did not get the answer. */
function asLeft(end: RequestEnd, departure: Fault | undefined): RequestEnd {
  if (departure === undefined) return end
  const outcome = departure.class === 'cancelled' ? 'CANCELLED' : 'FAILURE'
  return { ...end, outcome, fault: departure }
}

const atUtc = ({ clock }: EngineParts) => utcText(clock.wallMs())

function intentOf({ requestId, tenant, request, dialectName }: EngineRequest) {
  const { model: route, stream } = request
  const dialect = dialectName ?? request.dialect
  return { requestId, tenant, route, dialect, stream, traceId: requestId }
}

function metaOf(
  { asked, log }: SessionParts,
  outcome: LedgerOutcome,
  final?: RequestEnd['final'],
): AnswerMeta {
  return {
    requestId: asked.requestId,
    ...(final ? { provider: final.provider, model: final.model } : {}),
    attempts: log.attempts().length,
    outcome,
    dropped: final?.dropped ?? [],
    simulated: final?.simulated ?? false,
    ...costOf(log),
  }
}

function costOf(log: RequestLog): Pick<AnswerMeta, 'costUsd'> {
  const costUsd = sumUsd(log.attempts().map((attempt) => attempt.costUsd))
  return costUsd === undefined ? {} : { costUsd }
}

/** The prompt as it is asked now, which a rewriter may change. */
function promptOf({
  request,
}: EngineRequest): Pick<Session, 'request' | 'rewriting' | 'rewrote' | 'success'> {
  let rewriting: Rewriting = { request, notes: [] }
  return {
    request: () => rewriting.request,
    rewriting: () => rewriting,
    rewrote(after) {
      rewriting = after
    },
    success: () => (isRewritten(rewriting) ? 'MITIGATED_SUCCESS' : 'SUCCESS'),
  }
}

function textsOf(
  { request }: EngineRequest,
  rewriting: Rewriting,
  finalResponse: string | undefined,
): LedgerTexts {
  return {
    initialPrompt: promptText(request),
    finalPrompt: isRewritten(rewriting) ? promptText(rewriting.request) : undefined,
    finalResponse,
    messages: request.messages,
    endUser: request.endUser,
  }
}

const isRewritten = ({ notes }: Rewriting) => notes.some(({ afterHash }) => afterHash !== undefined)

function shown(rewriting: Rewriting): Pick<AnswerMeta, 'rewrittenPrompt'> {
  return isRewritten(rewriting) ? { rewrittenPrompt: promptText(rewriting.request) } : {}
}

/** The start of the last user message: enough for a preview. */
function promptText({ messages }: ChatRequest): string {
  const last = messages.findLast(({ role }) => role === 'user')
  return last?.content.map((part) => (part.kind === 'text' ? part.text : `[${part.kind}]`)).join('\n') ?? ''
}
