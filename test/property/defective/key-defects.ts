/** Keys that are used when they must not be, or never again. */

import type { KeyState } from '../../../src/gateway/policy/key-health.ts'
import { defaultPolicies } from '../../../src/gateway/policy/policies.ts'
import type { Defect } from './defect.ts'

const right = defaultPolicies

/** The key with another end of its rest for one model. */
function resting(key: KeyState, model: string, restUntilMs: number): KeyState {
  const health = key.models.get(model)
  if (health === undefined) return key
  return { ...key, restUntilMs, models: new Map(key.models).set(model, { ...health, restUntilMs }) }
}

export const keyDefects: readonly Defect[] = [
  {
    name: 'the wait that a provider names is not kept',
    caughtBy: 'I8',
    within: 200,
    replaced: () => ({
      policies: {
        afterFault: (key, { model, fault }, ...rest) =>
          right.afterFault(key, { model, fault: { ...fault, retryAfterMs: undefined } }, ...rest),
      },
    }),
  },
  {
    name: 'a further limit makes a rest shorter',
    caughtBy: 'I19',
    from: 40,
    within: 200,
    replaced: () => ({
      policies: {
        afterFault(key, about, options, nowMs) {
          const after = right.afterFault(key, about, options, nowMs)
          if (about.fault.class !== 'rate_limit') return after
          return resting(after, about.model, nowMs + (about.fault.retryAfterMs ?? 1_000))
        },
      },
    }),
  },
  {
    name: 'a revoked key rests for a minute and comes back',
    caughtBy: 'I19',
    within: 50,
    replaced: () => ({
      policies: {
        afterFault: (key, about, options, nowMs) =>
          about.fault.class === 'auth'
            ? { ...key, restUntilMs: nowMs + 60_000 }
            : right.afterFault(key, about, options, nowMs),
      },
    }),
  },
  {
    name: 'a key that was limited once rests for ever',
    caughtBy: 'I17',
    within: 50,
    replaced: () => ({
      policies: {
        standing: (key, model, ...rest) =>
          (key.models.get(model)?.limitsInARow ?? 0) > 0
            ? { kind: 'resting', forMs: 3_600_000, named: false }
            : right.standing(key, model, ...rest),
      },
    }),
  },
]
