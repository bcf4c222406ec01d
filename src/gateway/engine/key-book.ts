/** The keys of all providers: asks the policy, keeps its values, remembers which models a key may not use. */

import type { Clock } from '../../base/clock.ts'
import type { Config, KeyPoolConfig, ProviderConfig } from '../../config/config.ts'
import type { Publish } from '../../protocol/events.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import type { LeaseEnd } from '../policy/circuit-results.ts'
import {
  conditionOf,
  freshKey,
  healthOf,
  isolatedKey,
  isWhole,
  type KeyCondition,
  type KeyState,
  releasedKey,
} from '../policy/key-health.ts'
import type { KeyView } from '../policy/next-step.ts'
import type { Policies } from '../policy/policies.ts'

export interface KeyBookParts {
  readonly config: () => Config
  readonly clock: Clock
  readonly publish: Publish
  readonly fingerprint: (key: string) => string
}

type OfKey = Target & { readonly key: string }

/** A key of a provider, for people. */
export interface ListedKey extends KeyCondition {
  readonly provider: string
  /** The key's fingerprint. */
  readonly key: string
}

interface KeyRecord {
  /** The key's fingerprint. */
  readonly key: string
  readonly secret: string
  state: KeyState
  lent: number
  /** As it was last looked at; kept, for mostly nothing changes. */
  view?: KeyView
}

interface ProviderKeys {
  readonly provider: ProviderConfig
  readonly keys: readonly KeyRecord[]
  /** Some key is not whole, so that there is something to heal. */
  isHurt: boolean
  /** Model and key → when the pair is tried again, ms. */
  readonly notAllowed: Map<string, number>
}

/** Stands for "no key" where a provider needs none. */
const noKey = 'key_none'
const noBars: ReadonlySet<string> = new Set()
/** Callers may name any model: more pairs than this are not remembered for one provider. */
const mostPairs = 10_000

/** Has identity: one book for all requests of a process. */
export class KeyBook {
  readonly #parts: KeyBookParts
  readonly #policies: Policies
  readonly #providers = new Map<string, ProviderKeys>()

  constructor(parts: KeyBookParts, policies: Policies) {
    this.#parts = parts
    this.#policies = policies
  }

  /** Healthiest first, then least used; equals keep the order of the configuration. */
  views({ provider, model }: Target): readonly KeyView[] {
    const known = this.#of(provider)
    if (known === undefined) return []
    if (known.isHurt) this.#heal(known)
    const nowMs = this.#parts.clock.monoMs()
    const options = this.#options()
    const look = (record: KeyRecord): KeyView => {
      const standing = this.#policies.standing(record.state, model, options, nowMs)
      if (record.view?.standing !== standing) record.view = { key: record.key, standing }
      return record.view
    }
    if (known.keys.length < 2) return known.keys.map(look)
    const ranked = known.keys.map((record) => ({ view: look(record), lent: record.lent }))
    return ranked.sort(healthiestFirst).map(({ view }) => view)
  }

  /** Keys that are known not to be allowed the model. */
  barred({ provider, model }: Target): ReadonlySet<string> {
    const known = this.#of(provider)
    if (known === undefined || known.notAllowed.size === 0) return noBars
    const nowMs = this.#parts.clock.monoMs()
    const barred = known.keys.filter(({ key }) => (known.notAllowed.get(pair(model, key)) ?? 0) > nowMs)
    return barred.length === 0 ? noBars : new Set(barred.map(({ key }) => key))
  }

  /** Empty for a provider that needs no key, undefined for a key that is gone. */
  secretOf(provider: string, key: string): string | undefined {
    return this.#record(provider, key)?.secret
  }

  lent(provider: string, key: string): void {
    const record = this.#record(provider, key)
    if (record) record.lent += 1
  }

  settle(lease: OfKey, end: LeaseEnd): void {
    const known = this.#of(lease.provider)
    const record = this.#record(lease.provider, lease.key)
    if (known === undefined || record === undefined || end.kind === 'neutral') return
    if (end.kind === 'success') {
      record.state = this.#policies.afterSuccess(record.state, lease.model)
      return
    }
    const nowMs = this.#parts.clock.monoMs()
    const about = { model: lease.model, fault: end.fault }
    const before = record.state
    record.state = this.#policies.afterFault(before, about, this.#options(), nowMs)
    if (end.fault.class === 'model') this.#bar(known, lease)
    if (record.state === before) return
    known.isHurt = true
    this.#tellPenalty(lease, record.state, end.fault)
  }

  /** False where the provider has no such key. */
  isolate(provider: string, key: string, because: string): boolean {
    const known = this.#of(provider)
    const record = this.#record(provider, key)
    if (known === undefined || record === undefined) return false
    record.state = isolatedKey(record.state, because)
    known.isHurt = true
    this.#parts.publish('system.health', { status: `${key} of ${provider} is isolated by hand: ${because}` })
    return true
  }

  /** False where the provider has no such key. Pairs of the key that were not allowed are tried again, too. */
  release(provider: string, key: string): boolean {
    const known = this.#of(provider)
    const record = this.#record(provider, key)
    if (known === undefined || record === undefined) return false
    record.state = releasedKey(record.state)
    for (const one of known.notAllowed.keys()) if (one.endsWith(`\n${key}`)) known.notAllowed.delete(one)
    this.#parts.publish('system.health', { status: `${key} of ${provider} is released by hand` })
    return true
  }

  /** Every configured key, in the order of the configuration. */
  list(): readonly ListedKey[] {
    const nowMs = this.#parts.clock.monoMs()
    return [...this.#parts.config().providers.keys()].flatMap((provider) =>
      (this.#of(provider)?.keys ?? []).map(({ key, state }) => ({
        provider,
        key,
        ...conditionOf(state, nowMs),
      })),
    )
  }

  #options(): KeyPoolConfig {
    return this.#parts.config().keyPool
  }

  #record(provider: string, key: string): KeyRecord | undefined {
    return this.#of(provider)?.keys.find((record) => record.key === key)
  }

  /** A changed configuration gives refused keys and refused models another chance; rests and health stay. */
  #of(name: string): ProviderKeys | undefined {
    const provider = this.#parts.config().providers.get(name)
    const known = this.#providers.get(name)
    if (known !== undefined && known.provider === provider) return known
    if (provider === undefined) {
      this.#providers.delete(name)
      return undefined
    }
    const opened = this.#open(provider, known)
    this.#providers.set(name, opened)
    return opened
  }

  #open(provider: ProviderConfig, before: ProviderKeys | undefined): ProviderKeys {
    const secrets = provider.keys.length > 0 || !provider.keyless ? provider.keys : ['']
    const keys = secrets.map((secret): KeyRecord => {
      const key = secret === '' ? noKey : this.#parts.fingerprint(secret)
      const { state = freshKey, lent = 0 } = before?.keys.find((one) => one.key === key) ?? {}
      const { disabledBecause: _because, ...usable } = state
      return { key, secret, lent, state: usable }
    })
    return { provider, keys, isHurt: before?.isHurt ?? false, notAllowed: new Map() }
  }

  #bar({ notAllowed }: ProviderKeys, { model, key }: OfKey): void {
    const oldest = notAllowed.keys().next()
    if (notAllowed.size >= mostPairs && !oldest.done) notAllowed.delete(oldest.value)
    notAllowed.set(pair(model, key), this.#parts.clock.monoMs() + this.#options().notAllowedForMs)
  }

  /** Writes down what time has healed, and tells it: health comes back by looking, not by timers. */
  #heal(known: ProviderKeys): void {
    const nowMs = this.#parts.clock.monoMs()
    let healedAny = false
    for (const record of known.keys) {
      const after = this.#policies.healedKey(record.state, this.#options(), nowMs)
      if (after === record.state) continue
      for (const [model, { health }] of after.models)
        if (health !== record.state.models.get(model)?.health)
          this.#parts.publish('resource.health.restored', {
            provider: known.provider.name,
            model,
            key: record.key,
            health,
          })
      record.state = after
      healedAny = true
    }
    if (!known.keys.every(({ state }) => isWhole(state))) return
    known.isHurt = false
    if (healedAny) this.#parts.publish('resource.healed.all', { provider: known.provider.name })
  }

  #tellPenalty({ provider, model, key }: OfKey, state: KeyState, fault: Fault): void {
    const nowMs = this.#parts.clock.monoMs()
    const { health, restUntilMs } = healthOf(state, model, this.#options(), nowMs)
    const { code, class: faultClass, message } = fault
    this.#parts.publish('resource.penalized', {
      provider,
      model,
      key,
      health,
      restForMs: Math.max(0, restUntilMs - nowMs, state.restUntilMs - nowMs),
      fault: { code, class: faultClass, message },
    })
  }
}

const pair = (model: string, key: string) => `${model}\n${key}`

interface Ranked {
  readonly view: KeyView
  readonly lent: number
}

function healthiestFirst(one: Ranked, other: Ranked): number {
  const health = ({ view: { standing } }: Ranked) => (standing.kind === 'free' ? standing.health : 0)
  return health(other) - health(one) || one.lent - other.lent
}
