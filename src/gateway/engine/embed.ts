/** Answers one request for vectors: plans as for a chat, fails over as for a chat, and never mixes models. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import type { EmbeddingInput, EmbeddingRequest, Vector } from '../../protocol/embedding.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Plan, Target } from '../../protocol/plan.ts'
import type { Usage } from '../../protocol/reply.ts'
import { dimensionsOf } from '../adapters/embeddings/vector.ts'
import { embeddingPlan, vectorFamily } from '../policy/embedding-plan.ts'
import type { Tried } from '../policy/next-step.ts'
import type { Policies } from '../policy/policies.ts'
import { callEmbedding } from './call-embedding.ts'
import type {
  Answer,
  EmbedAnswer,
  EmbedRequest,
  EngineParts,
  EngineRequest,
  PromptRewriter,
} from './engine-port.ts'
import type { HealthBook, Lease } from './health-book.ts'
import { lendTo } from './lend.ts'
import { planFor } from './plan-for.ts'
import { openRequestLog, type RequestEnd } from './request-log.ts'
import { openSession, type Session } from './session.ts'
import { type NextCall, openWalk } from './walk.ts'
import { affordable, reserve } from './within-allowance.ts'

export interface EmbedParts {
  readonly parts: EngineParts
  readonly policies: Policies
  readonly health: HealthBook
  readonly rewriter: PromptRewriter
  readonly leave: () => void
}

export async function embed(embedding: EmbedParts, given: EmbedRequest): Promise<EmbedAnswer> {
  const { parts, policies, health, rewriter, leave } = embedding
  const config = parts.config()
  const asked: EngineRequest = { ...given, request: asChat(given.request), dialectName: 'embeddings' }
  const planned = affordable(parts, asked, planEmbedding(parts, policies, given, asked))
  let plan: Plan | undefined
  const log = openRequestLog(asked, () => plan, parts)
  const opening = { parts, policies, health, rewriter, asked, log, leave, config }
  const refused = (fault: Fault) => faultOf(openSession(opening).refuse(fault), fault)
  if (!planned.ok) return refused(planned.fault)
  plan = planned.value
  log.publish('api.request.start', { route: plan.route, dialect: 'embeddings', stream: false })
  const opened = { ...opening, plan }
  const reserving = reserve(opened)
  const reserved = reserving && (await reserving)
  if (reserved?.ok === false) return refused(reserved.fault)
  const session = openSession({ ...opened, reservation: reserved?.value })
  if (!(await session.intend()).ok && config.ledger.mode === 'required') {
    const fault = makeFault('ledger_unavailable', 'the ledger cannot be written')
    return faultOf(session.refuse(fault), fault)
  }
  return walkPlan(session, { plan, policies, request: given.request })
}

/** The request as planning, hashing and the ledger know requests: its texts as one message, with no answer to wait for. */
function asChat({ model, inputs, body }: EmbeddingRequest): ChatRequest {
  const content = inputs.map((input) => ({
    kind: 'text' as const,
    text: typeof input === 'string' ? input : JSON.stringify(input),
  }))
  return {
    dialect: 'openai',
    model,
    messages: [{ role: 'user', content }],
    tools: [],
    maxOutputTokens: 0,
    stream: false,
    streamUsage: false,
    body,
    unmapped: [],
  }
}

function planEmbedding(
  parts: EngineParts,
  policies: Policies,
  { request }: EmbedRequest,
  asked: EngineRequest,
): Outcome<Plan, Fault> {
  const { catalogue } = parts
  const config = parts.config()
  const knows = (provider: string, model: string) =>
    (catalogue.knowsEmbedding?.(provider, model) ?? false) || catalogue.knows(provider, model)
  const planned = planFor({ ...parts, catalogue: { ...catalogue, knows } }, policies, asked)
  if (!planned.ok) return planned
  const hasTokens = request.inputs.some((input) => typeof input !== 'string')
  return embeddingPlan(planned.value, {
    mayMix: config.routes.get(request.model)?.vectors === 'any',
    obstacle({ provider }) {
      const dialect = config.providers.get(provider)?.dialect
      const adapter = dialect && parts.embeddings?.[dialect]
      if (adapter === undefined) return 'its dialect has no embeddings'
      return hasTokens && !adapter.takesTokens ? 'it takes texts and no tokens' : undefined
    },
  })
}

/** What is there of the answer. Inputs are answered in their order, over several calls where one cannot take them all. */
interface Work {
  readonly request: EmbeddingRequest
  vectors: Vector[]
  /** Undefined as soon as one call did not tell. */
  tokens: number | undefined
  model: string
  target: Target | undefined
}

interface Walking {
  readonly plan: Plan
  readonly policies: Policies
  readonly request: EmbeddingRequest
}

async function walkPlan(session: Session, { plan, policies, request }: Walking): Promise<EmbedAnswer> {
  const tried: Tried[] = []
  const walk = openWalk({ session, plan, policies, tried })
  const work: Work = { request, vectors: [], tokens: 0, model: '', target: undefined }
  for (;;) {
    const next = await walk.next()
    if (!next.ok) return faultOf(await session.fail(next.fault), next.fault)
    const { place, key } = next.value
    const outcome = await goThrough(session, next.value, work)
    if (outcome.ok) return finish(session, work, outcome.value)
    walk.tried({ target: place, key, fault: outcome.fault })
  }
}

/** The rest of the inputs at one target; what it answered before a fault is kept for a target of the same model. */
async function goThrough(
  session: Session,
  { target, key, lease: first }: NextCall,
  work: Work,
): Promise<Outcome<RequestEnd['final'], Fault>> {
  if (work.target && vectorFamily(work.target.model) !== vectorFamily(target.model)) startAnew(work)
  work.target = target
  let lease: Lease | undefined = first
  for (;;) {
    lease ??= lendTo(session, target, key)
    if (lease === undefined)
      return failed(makeFault('upstream_overloaded', 'its circuit opened a moment ago'))
    const rest: readonly EmbeddingInput[] = work.request.inputs.slice(work.vectors.length)
    const called = await callEmbedding(session, { lease, request: work.request, rest })
    lease = undefined
    if (!called.ok) return called
    const { reply, final } = called.value
    const flaw = flawOf(work, reply.vectors)
    if (flaw) return failed(flaw)
    work.vectors.push(...reply.vectors)
    work.model = reply.model || target.model
    work.tokens =
      work.tokens === undefined || reply.inputTokens === undefined
        ? undefined
        : work.tokens + reply.inputTokens
    if (work.vectors.length >= work.request.inputs.length) return done(final)
    session.log.follows('done', `${work.vectors.length} of ${work.request.inputs.length} inputs are answered`)
  }
}

function startAnew(work: Work): void {
  work.vectors = []
  work.tokens = 0
}

async function finish(session: Session, work: Work, final: RequestEnd['final']): Promise<EmbedAnswer> {
  const usage: Usage | undefined = work.tokens === undefined ? undefined : { input: work.tokens, output: 0 }
  const written = await session.end({ outcome: 'SUCCESS', final, usage })
  const meta = session.meta('SUCCESS', final)
  if (!written.ok && session.config.ledger.mode === 'required')
    return { kind: 'fault', fault: makeFault('ledger_unavailable', 'the ledger cannot be written'), meta }
  const { vectors, model, tokens } = work
  const told = tokens === undefined ? {} : { inputTokens: tokens }
  return { kind: 'vectors', reply: { vectors, model, ...told }, meta }
}

/** Vectors that cannot stand beside those before them, or are not as long as the caller wants. */
function flawOf({ request, vectors }: Work, fresh: readonly Vector[]): Fault | undefined {
  const wanted = request.dimensions
  const length = fresh[0] === undefined ? 0 : dimensionsOf(fresh[0])
  if (wanted !== undefined && length !== wanted)
    return makeFault('not_expressible', `vectors of ${length} numbers came where ${wanted} were asked for`, {
      retry: 'other-model',
      scope: 'request',
    })
  const before = vectors[0] === undefined ? length : dimensionsOf(vectors[0])
  return before === length
    ? undefined
    : makeFault('upstream_malformed', `vectors of ${length} numbers came behind vectors of ${before}`)
}

/** An unsuccessful answer of a session is always a fault. */
function faultOf(answer: Answer, fault: Fault): EmbedAnswer {
  return answer.kind === 'fault' ? answer : { kind: 'fault', fault, meta: answer.meta }
}
