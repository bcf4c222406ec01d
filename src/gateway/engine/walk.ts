/** Steps through a plan: asks the policy what is next, waits as it says, and tells what is left and what is tried. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Plan, Target } from '../../protocol/plan.ts'
import { maySpendOneMore, type Step, type TargetView, type Tried } from '../policy/next-step.ts'
import type { Policies } from '../policy/policies.ts'
import type { HealthBook, Lease } from './health-book.ts'
import { lendTo } from './lend.ts'
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
  /** The next call, after any wait; or the fault with which the request ends. `unfit` says what rules a target out. */
  next(unfit?: Unfit): Promise<Outcome<NextCall, Fault>>
  tried(one: Tried): void
  /** Whether the target that was tried last may be called once more. */
  mayStay(): boolean
  /** A target to call beside one that is slow, once for a request; undefined where none may be called now. */
  beside(slow: NextCall): NextCall | undefined
}

export interface WalkParts {
  readonly session: Session
  readonly plan: Plan
  readonly policies: Policies
  readonly tried: Tried[]
}

const left = () => failed(makeFault('cancelled', 'the caller went away'))

export function openWalk({ session, plan, policies, tried }: WalkParts): Walk {
  const { parts, health, asked, log } = session
  let hasHedged = false
  const situation = (unfit?: Unfit) => ({
    targets: plan.targets.map((target) => viewOf(session, target, unfit)),
    limits: session.limits,
    leftMs: session.leftMs(),
    luck: session.luck,
  })
  return {
    tried: (one) => void tried.push(one),
    beside({ place, key }) {
      if (hasHedged) return undefined
      // What would be next if the slow one had used up its time.
      const slow = { target: place, key, fault: makeFault('upstream_first_token_timeout', 'slow') }
      const step = policies.nextStep({ ...situation(), tried: [...tried, slow], chance: 0.5 })
      const target = step.kind === 'call' && step.waitMs === 0 ? plan.targets[step.target] : undefined
      if (step.kind !== 'call' || step.target === place || target === undefined) return undefined
      const lease = health.mayRepeat(target.provider) ? lendTo(session, target, step.key) : undefined
      if (lease === undefined) return undefined
      health.sent(target.provider, true)
      hasHedged = true
      return { target, place: step.target, key: step.key, lease }
    },
    mayStay: () =>
      !asked.signal.aborted &&
      session.leftMs() > 0 &&
      maySpendOneMore({ targets: plan.targets, tried, limits: session.limits }),
    async next(unfit) {
      for (;;) {
        if (asked.signal.aborted) return left()
        const step = policies.nextStep({ ...situation(unfit), tried, chance: parts.random() })
        if (step.kind !== 'call') {
          log.follows('give_up', step.because)
          return failed(step.kind === 'give_up' ? step.fault : makeFault('internal', 'no rewriter'))
        }
        log.follows(step.next, step.because)
        const target = plan.targets[step.target]
        if (target === undefined) return failed(makeFault('internal', 'the next step names no target'))
        if (step.waitMs > 0) await parts.clock.sleep(step.waitMs, asked.signal)
        if (asked.signal.aborted) return left()
        // While it was waited for, the key may have met another limit or left the configuration.
        if (step.waitMs > 0 && !isFree(health, target, step.key)) continue
        const lease = lendTo(session, target, step.key)
        if (lease) {
          health.sent(target.provider, step.next === 'retry')
          announce(session, plan, tried, step)
          return done({ target, place: step.target, key: step.key, lease })
        }
        if (step.waitMs > 0) continue
        const fault = makeFault('upstream_overloaded', 'its circuit opened a moment ago')
        tried.push({ target: step.target, key: step.key, fault })
      }
    },
  }
}

function viewOf({ health, asking }: Session, target: Target, unfit: Unfit = () => undefined): TargetView {
  const because = unfit(target)
  const view = health.view(target, asking)
  return because === undefined ? view : { ...view, unfit: because }
}

const isFree = (health: HealthBook, target: Target, key: string) =>
  health.view(target).keys.some((view) => view.key === key && view.standing.kind === 'free')

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
