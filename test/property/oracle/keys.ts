/** How keys must stand, told anew from what providers said about them. */

import type { FaultClass } from '../../../src/protocol/fault-kind.ts'
import type { Target } from '../../../src/protocol/plan.ts'
import type { Terms } from './terms.ts'

export type Standing =
  | { readonly kind: 'free' }
  | { readonly kind: 'dead' }
  /** The provider does not allow this model to this key. */
  | { readonly kind: 'barred'; readonly untilMs: number }
  | { readonly kind: 'resting'; readonly untilMs: number; readonly named: boolean }

export interface KeyTarget extends Target {
  readonly key: string
}

export interface KeyOracle {
  standing(about: KeyTarget, nowMs: number): Standing
  /** `namedMs` is the wait the provider named. Returns true where the length of a rest is the engine's to choose. */
  failed(
    about: KeyTarget,
    fault: { readonly class: FaultClass; readonly namedMs?: number; readonly terms: Terms },
    nowMs: number,
  ): boolean
  /** A rest whose length the engine chose. */
  rests(about: KeyTarget, untilMs: number): void
  /** Another configuration is in force: keys and pairs that were refused may be tried again. */
  reloaded(): void
}

interface Rest {
  readonly untilMs: number
  readonly named: boolean
}

export function createKeyOracle(): KeyOracle {
  const dead = new Set<string>()
  const rests = new Map<string, Rest>()
  const barred = new Map<string, number>()
  const keyName = ({ provider, key }: KeyTarget) => `${provider} ${key}`
  const pairName = ({ provider, model, key }: KeyTarget) => `${provider}/${model} ${key}`
  const extend = (name: string, rest: Rest) => {
    if (rest.untilMs > (rests.get(name)?.untilMs ?? 0)) rests.set(name, rest)
  }
  return {
    standing(about, nowMs) {
      if (dead.has(keyName(about))) return { kind: 'dead' }
      const untilMs = barred.get(pairName(about)) ?? 0
      if (untilMs > nowMs) return { kind: 'barred', untilMs }
      const found = [keyName(about), pairName(about)].flatMap((name) => rests.get(name) ?? [])
      const longest = found.sort((one, other) => other.untilMs - one.untilMs)[0]
      return longest && longest.untilMs > nowMs ? { kind: 'resting', ...longest } : { kind: 'free' }
    },
    failed(about, { class: faultClass, namedMs, terms }, nowMs) {
      if (faultClass === 'auth') dead.add(keyName(about))
      if (faultClass === 'model') barred.set(pairName(about), nowMs + terms.notAllowedForMs)
      if (faultClass === 'rate_limit') {
        if (namedMs === undefined) return true
        extend(pairName(about), { untilMs: nowMs + namedMs, named: true })
      }
      if (faultClass === 'quota') {
        const rest = { untilMs: nowMs + (namedMs ?? terms.quotaRestMs), named: namedMs !== undefined }
        extend(keyName(about), rest)
        extend(pairName(about), rest)
      }
      return false
    },
    reloaded() {
      dead.clear()
      barred.clear()
    },
    rests: (about, untilMs) => extend(pairName(about), { untilMs, named: false }),
  }
}
