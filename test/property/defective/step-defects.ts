/** Requests that are tried too often, too late, in the wrong place, or not at all. */

import { systemRandom } from '../../../src/base/random.ts'
import { defaultPolicies, type Policies } from '../../../src/gateway/policy/policies.ts'
import type { Defect } from './defect.ts'

const right = defaultPolicies

type Situation = Parameters<Policies['nextStep']>[0]
type Limits = Situation['limits']

const withLimits = (situation: Situation, limits: Partial<Limits>): Situation => ({
  ...situation,
  limits: { ...situation.limits, ...limits },
})

const stepping = (nextStep: Policies['nextStep']) => () => ({ policies: { nextStep } })
const planning = (makePlan: Policies['makePlan']) => () => ({ policies: { makePlan } })

export const stepDefects: readonly Defect[] = [
  {
    name: 'faults that no other attempt can change are tried again',
    caughtBy: 'I6',
    within: 50,
    replaced: stepping((situation) =>
      right.nextStep({
        ...situation,
        tried: situation.tried.map((one) => ({ ...one, fault: { ...one.fault, retry: 'other-model' } })),
      }),
    ),
  },
  {
    name: 'attempts are not limited in all',
    caughtBy: 'I4',
    within: 50,
    replaced: stepping((situation) => right.nextStep(withLimits(situation, { max: 30 }))),
  },
  {
    name: 'no attempt is kept back for providers that were not tried',
    caughtBy: 'I4',
    within: 60,
    replaced: stepping((situation) => {
      const isUsedUp = situation.tried.length >= situation.limits.max
      return right.nextStep(isUsedUp ? situation : withLimits(situation, { max: 1_000 }))
    }),
  },
  {
    name: 'rests are waited for beyond the deadline',
    caughtBy: 'I5',
    from: 40,
    within: 200,
    replaced: stepping((situation) => right.nextStep({ ...situation, leftMs: Number.POSITIVE_INFINITY })),
  },
  {
    name: 'each call waits its turn, though a target is free',
    caughtBy: 'I23',
    within: 50,
    replaced: stepping((situation) => {
      const step = right.nextStep(situation)
      return step.kind === 'call' && situation.tried.length === 0
        ? { ...step, waitMs: step.waitMs + 50 }
        : step
    }),
  },
  {
    name: 'the first fault ends the request',
    caughtBy: 'P2',
    within: 50,
    replaced: stepping((situation) => {
      const fault = situation.tried.at(-1)?.fault
      return fault ? { kind: 'give_up', fault, because: 'it failed' } : right.nextStep(situation)
    }),
  },
  {
    name: 'back-off is drawn from chance that no seed repeats',
    caughtBy: 'I10',
    from: 60,
    within: 200,
    replaced: stepping((situation) => right.nextStep({ ...situation, chance: systemRandom() })),
  },
  {
    name: 'repeats multiply an outage: no circuit and no budget holds them',
    caughtBy: 'I22',
    within: 200,
    replaced: () => ({
      policies: {
        nextStep: (situation) =>
          right.nextStep(withLimits(situation, { max: 12, sameTry: 12, patienceMs: 5_000 })),
        book: (breaker) => breaker,
        trip: (breaker) => breaker,
        mayRepeat: () => true,
        refuseShare: () => 0,
      },
    }),
  },
  {
    name: 'every repeat is allowed, whatever the budget of its provider',
    caughtBy: 'I22',
    from: 90,
    within: 100,
    replaced: () => ({ policies: { mayRepeat: () => true } }),
  },
  {
    name: 'providers that answer are held back',
    caughtBy: 'P1',
    within: 50,
    replaced: () => ({ policies: { refuseShare: () => 0.5 } }),
  },
  {
    name: 'targets are called in the opposite order',
    caughtBy: 'P1',
    within: 50,
    replaced: planning((...asked) => {
      const plan = right.makePlan(...asked)
      return plan.ok
        ? { ok: true, value: { ...plan.value, targets: [...plan.value.targets].reverse() } }
        : plan
    }),
  },
  {
    name: 'the plan forgets all targets but the first',
    caughtBy: 'P2',
    within: 50,
    replaced: planning((...asked) => {
      const plan = right.makePlan(...asked)
      return plan.ok ? { ok: true, value: { ...plan.value, targets: plan.value.targets.slice(0, 1) } } : plan
    }),
  },
  {
    name: 'the cost cap is not looked at',
    caughtBy: 'I20',
    within: 50,
    replaced: planning(({ request, extension }, ...rest) =>
      right.makePlan({ request, extension: { ...extension, max_estimated_cost_usd: undefined } }, ...rest),
    ),
  },
]
