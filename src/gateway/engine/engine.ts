/** Keeps answering: walks the plan of a request until one target has answered or none is left. */

import { makeFault } from '../../protocol/fault.ts'
import type { Plan } from '../../protocol/plan.ts'
import { nextStep, type Step, type Tried } from '../policy/next-step.ts'
import { attempt } from './attempt.ts'
import type { Answer, Engine, EngineParts, EngineRequest } from './engine-port.ts'
import { explain } from './explain.ts'
import { createHealthBook, type HealthBook } from './health-book.ts'
import { planFor } from './plan-for.ts'
import { openRequestLog } from './request-log.ts'
import { openSession, type Session } from './session.ts'

export function createEngine(parts: EngineParts): Engine {
  const health = createHealthBook(parts)
  let running = 0
  const leave = () => {
    running -= 1
  }
  return {
    running: () => running,
    explain: (asked) => explain(parts, health, asked),
    async chat(asked) {
      running += 1
      return serve(parts, health, asked, leave)
    },
  }
}

async function serve(
  parts: EngineParts,
  health: HealthBook,
  asked: EngineRequest,
  leave: () => void,
): Promise<Answer> {
  const config = parts.config()
  const planned = planFor(parts, asked)
  let plan: Plan | undefined
  const log = openRequestLog(asked, () => plan, parts)
  const session = openSession({ parts, health, asked, log, leave, config })
  if (!planned.ok) return session.refuse(planned.fault)
  plan = planned.value
  log.publish('api.request.start', {
    route: plan.route,
    dialect: asked.request.dialect,
    stream: asked.request.stream,
  })
  announceSkipped(log, plan)
  if (!(await session.intend()).ok && config.ledger.mode === 'required')
    return session.refuse(makeFault('ledger_unavailable', 'the ledger cannot be written'))
  return walkPlan(session, plan)
}

async function walkPlan(session: Session, plan: Plan): Promise<Answer> {
  const { parts, health, asked, log } = session
  const tried: Tried[] = []
  for (;;) {
    if (asked.signal.aborted) return session.fail(makeFault('cancelled', 'the caller went away'))
    const step = nextStep({
      targets: plan.targets.map((target) => health.view(target, session.factsOf(target).contextTokens)),
      tried,
      limits: session.limits,
      leftMs: session.leftMs(),
      chance: parts.random(),
    })
    if (step.kind === 'give_up') {
      log.follows('give_up', step.because)
      return session.fail(step.fault)
    }
    log.follows(step.next, step.because)
    const target = plan.targets[step.target]
    if (target === undefined) return session.fail(makeFault('internal', 'the next step names no target'))
    announce(session, plan, tried, step)
    if (step.waitMs > 0) await parts.clock.sleep(step.waitMs, asked.signal)
    if (asked.signal.aborted) continue
    const outcome = await attempt(session, target, step.key)
    if (outcome.ok) return outcome.value
    tried.push({ target: step.target, key: step.key, fault: outcome.fault })
  }
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

/** Failover events name what was really left and what is really tried next. */
function announce(
  session: Session,
  plan: Plan,
  tried: readonly Tried[],
  step: Step & { kind: 'call' },
): void {
  const last = tried.at(-1)
  const from = last ? plan.targets[last.target] : undefined
  const to = plan.targets[step.target]
  if (!last || !from || !to) return
  if (from.provider !== to.provider)
    session.log.publish('provider.failover', { fromProvider: from.provider, toProvider: to.provider }, to)
  else if (from.model !== to.model)
    session.log.publish(
      'model.failover',
      { provider: to.provider, fromModel: from.model, toModel: to.model },
      to,
    )
  else if (last.key !== step.key)
    session.log.publish('api.key.rotation', { ...to, fromKey: last.key, toKey: step.key }, to)
}
