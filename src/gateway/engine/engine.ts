/** Keeps answering: walks the plan of a request until one target has answered or none is left. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Plan } from '../../protocol/plan.ts'
import type { StoredAnswer } from '../cache/stored-answer.ts'
import { defaultPolicies, type Policies } from '../policy/policies.ts'
import { answerStored } from './answer-stored.ts'
import { callTarget } from './call-target.ts'
import { chatThroughCache, wishOf } from './chat-through-cache.ts'
import type { Recovery } from './deliver.ts'
import { embed } from './embed.ts'
import type { Answer, Engine, EngineParts, EngineRequest, PromptRewriter } from './engine-port.ts'
import { explain } from './explain.ts'
import { handOn } from './hand-on.ts'
import { type CircuitName, createHealthBook, type HealthBook } from './health-book.ts'
import { landAlone, raceFrom } from './hedge.ts'
import type { AskOptions, Opened } from './opened.ts'
import { atPace } from './paced.ts'
import { planFor } from './plan-for.ts'
import { createPromptRewriter } from './prompt-rewriter.ts'
import { openRequestLog } from './request-log.ts'
import { openResumer } from './resume.ts'
import { openSession, type Session } from './session.ts'
import { standings } from './standings.ts'
import { type NextCall, openWalk, type Walk } from './walk.ts'
import { affordable, reserve } from './within-allowance.ts'

/** `policies` are the decisions themselves; only a simulation has reason to give others. */
export function createEngine(parts: EngineParts, policies: Policies = defaultPolicies): Engine {
  const health = createHealthBook(parts, policies)
  const rewriter = parts.rewriter ?? createPromptRewriter(parts, health)
  let running = 0
  const leave = () => {
    running -= 1
  }
  return {
    running: () => running,
    ...operations(parts, health),
    explain: (asked) => explain({ parts, policies, health }, asked),
    standings: () => standings(parts.config(), health),
    chat(asked) {
      running += 1
      return serve({ parts, policies, health, rewriter, asked, leave })
    },
    embed(asked) {
      running += 1
      return embed({ parts, policies, health, rewriter, leave }, asked)
    },
  }
}

/** What operators may do by hand. */
function operations(
  parts: EngineParts,
  health: HealthBook,
): Pick<Engine, 'isolate' | 'release' | 'circuits' | 'isolateKey' | 'releaseKey' | 'keys'> {
  const named = (circuit: string): Outcome<CircuitName, Fault> => {
    const slash = circuit.indexOf('/')
    const provider = slash < 0 ? circuit : circuit.slice(0, slash)
    if (!parts.config().providers.has(provider))
      return failed(makeFault('unknown_model', `there is no provider "${provider}"`))
    return done(slash < 0 ? { provider } : { provider, model: circuit.slice(slash + 1) })
  }
  return {
    isolate(circuit, because) {
      const name = named(circuit)
      return name.ok ? done(health.isolate(name.value, because)) : name
    },
    release(circuit) {
      const name = named(circuit)
      return name.ok ? done(health.release(name.value)) : name
    },
    circuits: () => health.circuits(),
    isolateKey: (provider, key, because) =>
      health.isolateKey(provider, key, because) ? done(undefined) : failed(noSuchKey(provider, key)),
    releaseKey: (provider, key) =>
      health.releaseKey(provider, key) ? done(undefined) : failed(noSuchKey(provider, key)),
    keys: () => health.keys(),
  }
}

const noSuchKey = (provider: string, key: string): Fault =>
  makeFault('invalid_request', `the provider "${provider}" has no key "${key}"`, { param: 'key' })

interface Serving {
  readonly parts: EngineParts
  readonly policies: Policies
  readonly health: HealthBook
  readonly rewriter: PromptRewriter
  readonly asked: EngineRequest
  readonly leave: () => void
}

/** Returns what `ask` promises as it is: each promise around another is one more turn of the microtask queue. */
function serve(serving: Serving): Promise<Answer> {
  const { parts, policies, asked } = serving
  const config = parts.config()
  const planned = affordable(parts, asked, planFor(parts, policies, asked))
  let plan: Plan | undefined
  const log = openRequestLog(asked, () => plan, parts)
  if (!planned.ok) return Promise.resolve(openSession({ ...serving, log, config }).refuse(planned.fault))
  plan = planned.value
  log.publish('api.request.start', {
    route: plan.route,
    dialect: asked.request.dialect,
    stream: asked.request.stream,
  })
  announceSkipped(log, plan)
  const opened: Opened = { ...serving, config, log, plan }
  const wish = parts.cache && wishOf(opened)
  const answering =
    parts.cache && wish ? chatThroughCache(opened, { cache: parts.cache, wish, ask }) : ask(opened)
  const pace = config.routes.get(asked.request.model)?.pace
  if (pace === undefined) return answering
  return answering.then((answer) => atPace(answer, { pace, clock: parts.clock, signal: asked.signal }))
}

async function ask(opened: Opened, { departure, stale }: AskOptions = {}): Promise<Answer> {
  const { policies, config, plan } = opened
  const reserving = reserve(opened)
  const reserved = reserving && (await reserving)
  if (reserved?.ok === false) return rejected(openSession(opened), reserved.fault)
  const session = openSession({ ...opened, departure, reservation: reserved?.value })
  if (!(await session.intend()).ok && config.ledger.mode === 'required')
    return rejected(session, makeFault('ledger_unavailable', 'the ledger cannot be written'))
  try {
    const walk = openWalk({ session, plan, policies, tried: [] })
    for (;;) {
      const coming = walk.next()
      const next = coming instanceof Promise ? await coming : coming
      if (!next.ok)
        return await (stale && mayBeStale(next.fault) ? giveStale(session, stale) : session.fail(next.fault))
      const at = next.value
      const call = { lease: at.lease, request: session.request() }
      const race = raceFrom(session, walk, at)
      const landed = race ? await race : landAlone(walk, at, await callTarget(session, call))
      if (landed.ok) return await handOn(landed.value.called, recovery(session, walk, landed.value.at))
    }
  } catch {
    // Nothing inside throws; should it all the same, the request ends with an entry and the process lives.
    return session.fail(defect())
  }
}

function rejected(session: Session, fault: Fault): Answer {
  const { log } = session
  if (fault.code !== 'ledger_unavailable') log.publish('limit.rejected', { limit: fault.code })
  log.publish('api.request.end', { outcome: 'REJECTED', totalLatencyMs: log.nowMs(), attempts: 0 })
  return session.refuse(fault)
}

const defect = () => makeFault('internal', 'an unexpected error')

const recovery = (session: Session, walk: Walk, { place, key }: NextCall): Recovery => ({
  broke: (fault) => walk.tried({ target: place, key, fault }),
  resume: openResumer(session, walk),
})

/** What is wrong with the request or its caller is told; an old answer would hide it. */
const mayBeStale = ({ scope }: Fault) => scope !== 'caller'

function giveStale(session: Session, stale: StoredAnswer): Promise<Answer> {
  session.parts.cache?.count('stale')
  session.log.follows('give_up', 'every target failed: the cached answer is given beyond its time')
  return answerStored(session, stale, 'stale')
}

function announceSkipped(log: Session['log'], { leftOut }: Plan): void {
  for (const { provider, model, estimatedCostUsd, capUsd } of leftOut)
    if (estimatedCostUsd !== undefined && capUsd !== undefined)
      log.publish(
        'model.skipped.cost_cap',
        { provider, model, estimatedCostUsd, capUsd },
        { provider, model },
      )
}
