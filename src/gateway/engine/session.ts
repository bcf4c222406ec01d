/** One request on its way: its parts, its time, and the ways it can end. */

import type { Config, Timeouts } from '../../config/config.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { LedgerIntent, LedgerOutcome, RewriteNote } from '../../protocol/ledger-entry.ts'
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
  streamLeftMs(): number | undefined
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

export const openSession = (opening: SessionParts): Session => new OpenSession(opening)

/** Has identity: one request. A class, for one is made for every request. */
class OpenSession implements Session {
  readonly parts: EngineParts
  readonly health: HealthBook
  readonly asked: EngineRequest
  readonly log: RequestLog
  readonly config: Config
  readonly rewriter: PromptRewriter
  readonly policies: Policies
  readonly limits: StepLimits
  readonly timeouts: Timeouts
  readonly ownLimits: Partial<Timeouts>
  readonly luck: number
  readonly asking: Asking
  readonly #opening: SessionParts
  #rewriting: Rewriting
  #promptHash = ''
  #hasEnded = false

  constructor(opening: SessionParts) {
    const { parts, asked, config } = opening
    this.parts = parts
    this.health = opening.health
    this.asked = asked
    this.log = opening.log
    this.config = config
    this.rewriter = opening.rewriter
    this.policies = opening.policies
    const { timeouts, ownLimits, attempts } = timesOf(opening)
    this.limits = { ...attempts, unknownIsFatal: config.unknownFaults === 'fatal' }
    this.timeouts = timeouts
    this.ownLimits = ownLimits
    this.luck = parts.random()
    this.asking = {
      isEnforced: this.luck < config.breaker.enforce,
      contextOf: (target) => this.factsOf(target).contextTokens,
    }
    this.#opening = opening
    this.#rewriting = { request: asked.request, notes: none }
  }

  request(): ChatRequest {
    return this.#rewriting.request
  }

  rewriting(): Rewriting {
    return this.#rewriting
  }

  rewrote(rewriting: Rewriting): void {
    this.#rewriting = rewriting
  }

  success(): LedgerOutcome {
    return isRewritten(this.#rewriting) ? 'MITIGATED_SUCCESS' : 'SUCCESS'
  }

  leftMs(): number {
    const { totalMs, streamMs = totalMs } = this.timeouts
    return (hasBegun(this.log) ? streamMs : totalMs) - this.log.nowMs()
  }

  streamLeftMs(): number | undefined {
    const { streamMs } = this.timeouts
    return streamMs === undefined ? undefined : streamMs - this.log.nowMs()
  }

  factsOf(target: Target): ModelFacts {
    const provider = this.config.providers.get(target.provider)
    return provider ? this.parts.catalogue.facts(provider, target.model) : nothing
  }

  meta(outcome: LedgerOutcome, final?: RequestEnd['final']): AnswerMeta {
    const meta = metaOf(this.#opening, outcome, final)
    return this.asked.extension.show_rewrite ? { ...meta, ...shown(this.#rewriting) } : meta
  }

  intend(): Promise<{ readonly ok: boolean }> {
    const { asked, parts } = this
    const hash = parts.notary.hashPrompt(asked.request, asked.tenant)
    return typeof hash === 'string' ? this.#intend(hash) : hash.then((one) => this.#intend(one))
  }

  #intend(initialPromptHash: string): Promise<{ readonly ok: boolean }> {
    this.#promptHash = initialPromptHash
    return this.parts.notary.intend(intentOf(this.asked, this.log.atUtc, initialPromptHash))
  }

  async end(given: RequestEnd, finalResponse?: string): Promise<{ readonly ok: boolean }> {
    if (this.#hasEnded) return { ok: true }
    this.#hasEnded = true
    const { parts, asked, log } = this
    const { reservation, departure, leave } = this.#opening
    reservation?.settle(spentOn(log.attempts()))
    const end = asLeft(given, departure?.())
    // What calls nobody has no intent.
    this.#promptHash ||= await parts.notary.hashPrompt(asked.request, asked.tenant)
    const { outcome } = end
    log.publish('api.request.end', {
      outcome,
      totalLatencyMs: log.nowMs(),
      attempts: log.attempts().length,
    })
    const rewriting = this.#rewriting
    const record = log.record(end, this.#promptHash, rewriting.notes)
    const written = await parts.notary.record(record, textsOf(asked, rewriting, finalResponse))
    log.publish('bias.ledger.entry.created', { outcome })
    leave()
    return written
  }

  fail(fault: Fault): Promise<Answer> {
    return failWith(this, fault)
  }

  refuse(fault: Fault): Answer {
    const { reservation, leave } = this.#opening
    reservation?.settle({ tokens: 0, costUsd: '0' })
    leave()
    return { kind: 'fault', fault, meta: this.meta('REJECTED') }
  }
}

const none: readonly RewriteNote[] = []
const nothing = {}

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

/** The first content of a stream came, so that its time is the stream's. */
const hasBegun = (log: RequestLog) => log.attempts().some(({ firstTokenMs }) => firstTokenMs !== undefined)

/** The calls were made and cost what they cost, but the one who asked for them did not get the answer. */
function asLeft(end: RequestEnd, departure: Fault | undefined): RequestEnd {
  if (departure === undefined) return end
  const outcome = departure.class === 'cancelled' ? 'CANCELLED' : 'FAILURE'
  return { ...end, outcome, fault: departure }
}

function intentOf(
  { requestId, tenant, request, dialectName }: EngineRequest,
  atUtc: string,
  initialPromptHash: string,
): LedgerIntent {
  const { model: route, stream } = request
  const dialect = dialectName ?? request.dialect
  return { requestId, tenant, route, dialect, stream, traceId: requestId, atUtc, initialPromptHash }
}

function metaOf(
  { asked, log }: SessionParts,
  outcome: LedgerOutcome,
  final?: RequestEnd['final'],
): AnswerMeta {
  return {
    requestId: asked.requestId,
    provider: final?.provider,
    model: final?.model,
    attempts: log.attempts().length,
    outcome,
    dropped: final?.dropped ?? [],
    simulated: final?.simulated ?? false,
    costUsd: sumUsd(log.attempts().map((attempt) => attempt.costUsd)),
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
