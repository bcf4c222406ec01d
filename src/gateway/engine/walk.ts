/** Steps through a plan: asks the policy what is next, waits as it says, and tells what is left and what is tried. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Plan, Target } from '../../protocol/plan.ts'
import { maySpendOneMore, type Step, type TargetView, type Tried } from '../policy/next-step.ts'
import type { Policies } from '../policy/policies.ts'
import type { HealthBook, Lease } from './health-book.ts'
import { lendTo } from './lend.ts'
import { mayMitigate, mitigate } from './mitigate.ts'
import type { Session } from './session.ts'

export interface NextCall {
  readonly target: Target
  /** Index into the plan's targets. */
  readonly place: number
  readonly key: string
  /** Leave for the call, to be settled whatever comes. */
  readonly lease: Lease
}

type Unfit = (target: Target) => string | undefined

export interface Walk {
  /** The next call, after any wait; or the fault with which the request ends. `unfit` says what rules a target out. A promise only where something is waited for. */
  next(unfit?: Unfit): Outcome<NextCall, Fault> | Promise<Outcome<NextCall, Fault>>
  tried(one: Tried): void
  /** A target to call beside one that is slow, once for a request; undefined where none may be called now. */
  beside(slow: NextCall): NextCall | undefined
  /** Leave for one more call to the target and key that were tried last, where they may still be called. */
  stay(last: NextCall): Lease | undefined
}

export interface WalkParts {
  readonly session: Session
  readonly plan: Plan
  readonly policies: Policies
  readonly tried: Tried[]
}

type CallStep = Step & { readonly kind: 'call' }

/** Undefined where the policy is to be asked again. */
type Taken = Outcome<NextCall, Fault> | undefined

const left = () => failed(makeFault('cancelled', 'the caller went away'))

export const openWalk = (parts: WalkParts): Walk => new PlanWalk(parts)

/** Has identity: a request's one way through its plan. */
class PlanWalk implements Walk {
  readonly #parts: WalkParts
  #hasHedged = false

  constructor(parts: WalkParts) {
    this.#parts = parts
  }

  tried(one: Tried): void {
    this.#parts.tried.push(one)
  }

  beside(slow: NextCall): NextCall | undefined {
    const second = this.#hasHedged ? undefined : secondTo(slow, this.#parts)
    this.#hasHedged ||= second !== undefined
    return second
  }

  stay({ target, key }: NextCall): Lease | undefined {
    const { session, plan, tried } = this.#parts
    if (session.asked.signal.aborted || session.leftMs() <= 0 || !isFree(session.health, target, key))
      return undefined
    const mayStay = maySpendOneMore({ targets: plan.targets, tried, limits: session.limits })
    return mayStay ? lendTo(session, target, key) : undefined
  }

  next(unfit?: Unfit): Outcome<NextCall, Fault> | Promise<Outcome<NextCall, Fault>> {
    const first = this.#step(unfit)
    return first === undefined || first instanceof Promise ? this.#goOn(first, unfit) : first
  }

  async #goOn(first: Taken | Promise<Taken>, unfit?: Unfit): Promise<Outcome<NextCall, Fault>> {
    for (let taken = await first; ; taken = await this.#step(unfit)) if (taken) return taken
  }

  #step(unfit?: Unfit): Taken | Promise<Taken> {
    const { session, plan, policies, tried } = this.#parts
    const { parts, log, asked } = session
    if (asked.signal.aborted) return left()
    const mayRewrite = mayMitigate(session, tried.at(-1)?.fault)
    const situation = situationOf(this.#parts, unfit)
    const step = policies.nextStep({ ...situation, tried, chance: parts.random(), mayRewrite })
    if (step.kind === 'give_up') {
      log.follows('give_up', step.because)
      return failed(step.fault)
    }
    if (step.kind === 'rewrite') return this.#rewrite()
    log.follows(step.next, step.because)
    const target = plan.targets[step.target]
    if (target === undefined) return failed(makeFault('internal', 'the next step names no target'))
    // Paid for before the wait: of all that wait in an outage no more may call than the budget has room for.
    if (step.next === 'retry') session.health.sent(target.provider, true)
    if (step.waitMs <= 0) return this.#call(step, target)
    return parts.clock.sleep(step.waitMs, asked.signal).then(() => this.#call(step, target))
  }

  async #rewrite(): Promise<Taken> {
    const { session, plan, tried } = this.#parts
    const again = await askRewritten(session, plan, tried)
    return session.asked.signal.aborted ? left() : again
  }

  #call(step: CallStep, target: Target): Taken {
    const { session, plan, tried } = this.#parts
    const { health } = session
    if (session.asked.signal.aborted) return left()
    // While it was waited for, the key may have met another limit or left the configuration.
    if (step.waitMs > 0 && !isFree(health, target, step.key)) return undefined
    const lease = lendTo(session, target, step.key)
    if (lease) {
      if (step.next !== 'retry') health.sent(target.provider, false)
      announce(session, plan, tried, step)
      return done({ target, place: step.target, key: step.key, lease })
    }
    if (step.waitMs > 0) return undefined
    const fault = makeFault('upstream_overloaded', 'its circuit opened a moment ago')
    tried.push({ target: step.target, key: step.key, fault })
    return undefined
  }
}

function situationOf({ session, plan }: Pick<WalkParts, 'session' | 'plan'>, unfit?: Unfit) {
  const { limits, luck } = session
  const targets = plan.targets.map((target) => viewOf(session, target, unfit))
  return { targets, limits, leftMs: session.leftMs(), luck }
}

/** What would be next if the slow call had used up its time; paid for as a repeat is. */
function secondTo({ place, key }: NextCall, walking: WalkParts): NextCall | undefined {
  const { session, plan, policies, tried } = walking
  const slow = { target: place, key, fault: makeFault('upstream_first_token_timeout', 'slow') }
  const step = policies.nextStep({ ...situationOf(walking), tried: [...tried, slow], chance: 0.5 })
  const target = step.kind === 'call' && step.waitMs === 0 ? plan.targets[step.target] : undefined
  if (step.kind !== 'call' || step.target === place || target === undefined) return undefined
  if (!session.health.mayRepeat(target.provider)) return undefined
  const lease = lendTo(session, target, step.key)
  if (lease === undefined) return undefined
  session.health.sent(target.provider, true)
  return { target, place: step.target, key: step.key, lease }
}

function viewOf({ health, asking }: Session, target: Target, unfit: Unfit = () => undefined): TargetView {
  const because = unfit(target)
  const view = health.view(target, asking)
  return because === undefined ? view : { ...view, unfit: because }
}

function isFree(health: HealthBook, target: Target, key: string): boolean {
  const { keys, barredKeys } = health.view(target)
  return !barredKeys.has(key) && keys.some((view) => view.key === key && view.standing.kind === 'free')
}

/** The same target is asked again; where the rewriter fails, the refusal is the end. Undefined: it may no longer be asked. */
async function askRewritten(
  session: Session,
  plan: Plan,
  tried: Tried[],
): Promise<Outcome<NextCall, Fault> | undefined> {
  const last = tried.at(-1)
  const target = last && plan.targets[last.target]
  if (last === undefined || target === undefined)
    return failed(makeFault('internal', 'there is nothing to rewrite'))
  const { fault, key, target: place } = last
  session.log.follows('rewrite', `${fault.code}: the prompt is rewritten and asked again`)
  if ((await mitigate(session)) === undefined) {
    const reason = session.rewriting().notes.at(-1)?.reason
    session.log.follows('give_up', `${fault.code}: the prompt could not be rewritten: ${reason}`)
    return failed(fault)
  }
  const lease = isFree(session.health, target, key) ? lendTo(session, target, key) : undefined
  if (lease) return done({ target, place, key, lease })
  const gone = makeFault('upstream_overloaded', 'while the prompt was rewritten, its key or circuit closed')
  tried.push({ target: place, key, fault: gone })
  return undefined
}

/** Failover events name what was really left and what is really tried next. */
function announce(session: Session, plan: Plan, tried: readonly Tried[], step: CallStep): void {
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
