/** Remembers how keys and circuits stand, lends them out, and books what became of each call. */

import type { Clock } from '../../base/clock.ts'
import type { Config, ProviderConfig } from '../../config/config.ts'
import type { Publish } from '../../protocol/events.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import { type Admission, type Breaker, type CallResult, closedBreaker } from '../policy/breaker.ts'
import type { LeaseEnd } from '../policy/circuit-results.ts'
import { freshKey, healthOf, isWhole, type KeyState } from '../policy/key-health.ts'
import type { TargetView } from '../policy/next-step.ts'
import { defaultPolicies, type Policies } from '../policy/policies.ts'

/** Leave for one call; settle it exactly once. */
export interface Lease extends Target {
  /** The key's fingerprint. */
  readonly key: string
  readonly modelEpoch: number
  readonly providerEpoch: number
}

export interface HealthBook {
  view(target: Target, contextTokens?: number): TargetView
  /** The key itself for a fingerprint; empty for a provider that needs none, undefined for a key that is gone. */
  secretOf(provider: string, key: string): string | undefined
  lend(target: Target, key: string): Lease | undefined
  settle(lease: Lease, end: LeaseEnd): void
}

interface KeyRecord {
  state: KeyState
  lent: number
}

/** A pair of key and model that the provider does not allow is skipped this long. */
const barredForMs = 3_600_000
/** Models with open circuits that open the circuit of their provider. */
const modelsThatTrip = 2
/** Stands for "no key" where a provider needs none. */
const noKey = 'key_none'

export interface HealthBookParts {
  readonly config: () => Config
  readonly clock: Clock
  readonly publish: Publish
  readonly fingerprint: (key: string) => string
}

export function createHealthBook(parts: HealthBookParts, policies: Policies = defaultPolicies): HealthBook {
  return new Books(parts, policies)
}

/** Has identity: one set of books for all requests of a process. */
class Books implements HealthBook {
  readonly #parts: HealthBookParts
  readonly #policies: Policies
  readonly #keys = new Map<string, KeyRecord>()
  readonly #circuits = new Map<string, Breaker>()
  readonly #barredUntilMs = new Map<string, number>()

  constructor(parts: HealthBookParts, policies: Policies) {
    this.#parts = parts
    this.#policies = policies
  }

  view(target: Target, contextTokens?: number): TargetView {
    const nowMs = this.#nowMs()
    const provider = this.#parts.config().providers.get(target.provider)
    if (provider) this.#heal(provider)
    const views = provider ? this.#keyNames(provider).map((key) => this.#standing(target, key)) : []
    const barred = views.filter(({ key }) => (this.#barredUntilMs.get(pair({ ...target, key })) ?? 0) > nowMs)
    return {
      ...target,
      keys: views.sort(healthiestFirst),
      circuit: both(
        this.#policies.wouldAdmit(this.#circuit(target.provider), nowMs),
        this.#policies.wouldAdmit(this.#circuit(circuitName(target)), nowMs),
      ),
      barredKeys: new Set(barred.map(({ key }) => key)),
      ...(contextTokens === undefined ? {} : { contextTokens }),
    }
  }

  secretOf(provider: string, key: string): string | undefined {
    if (key === noKey) return ''
    const { config, fingerprint } = this.#parts
    return config()
      .providers.get(provider)
      ?.keys.find((secret) => fingerprint(secret) === key)
  }

  lend(target: Target, key: string): Lease | undefined {
    const nowMs = this.#nowMs()
    const options = this.#parts.config().breaker
    if (!this.#policies.wouldAdmit(this.#circuit(target.provider), nowMs).admitted) return undefined
    const [model, modelLeave] = this.#policies.admit(this.#circuit(circuitName(target)), options, nowMs)
    if (!modelLeave.admitted) return undefined
    const [provider, providerLeave] = this.#policies.admit(this.#circuit(target.provider), options, nowMs)
    if (!providerLeave.admitted) return undefined
    this.#circuits.set(circuitName(target), model)
    this.#circuits.set(target.provider, provider)
    this.#key(target.provider, key).lent += 1
    return { ...target, key, modelEpoch: modelLeave.epoch, providerEpoch: providerLeave.epoch }
  }

  settle(lease: Lease, end: LeaseEnd): void {
    this.#bookKey(lease, end)
    const fault = end.kind === 'fault' ? end.fault : undefined
    const results = this.#policies.circuitResults(end)
    const model = { epoch: lease.modelEpoch, result: results.model }
    const isOpened = this.#bookCircuit(circuitName(lease), model, fault)
    this.#bookCircuit(lease.provider, { epoch: lease.providerEpoch, result: results.provider }, fault)
    if (isOpened) this.#tripProvider(lease.provider)
  }

  #nowMs(): number {
    return this.#parts.clock.monoMs()
  }

  #circuit(name: string): Breaker {
    return this.#circuits.get(name) ?? closedBreaker
  }

  #key(provider: string, key: string): KeyRecord {
    const name = `${provider}\n${key}`
    const known = this.#keys.get(name)
    if (known) return known
    const fresh: KeyRecord = { state: freshKey, lent: 0 }
    this.#keys.set(name, fresh)
    return fresh
  }

  #keyNames(provider: ProviderConfig): readonly string[] {
    if (provider.keys.length > 0) return provider.keys.map(this.#parts.fingerprint)
    return provider.keyless ? [noKey] : []
  }

  #standing({ provider, model }: Target, key: string) {
    const { state, lent } = this.#key(provider, key)
    return {
      key,
      lent,
      standing: this.#policies.standing(state, model, this.#parts.config().keyPool, this.#nowMs()),
    }
  }

  /** Writes down what time has healed, and tells it: health comes back by looking, not by timers. */
  #heal(provider: ProviderConfig): void {
    const nowMs = this.#nowMs()
    let healedAny = false
    for (const key of this.#keyNames(provider)) {
      const record = this.#key(provider.name, key)
      const after = this.#policies.healedKey(record.state, this.#parts.config().keyPool, nowMs)
      if (after === record.state) continue
      for (const [model, { health }] of after.models)
        if (health !== record.state.models.get(model)?.health)
          this.#parts.publish('resource.health.restored', { provider: provider.name, model, key, health })
      record.state = after
      healedAny = true
    }
    if (healedAny && this.#keyNames(provider).every((key) => isWhole(this.#key(provider.name, key).state)))
      this.#parts.publish('resource.healed.all', { provider: provider.name })
  }

  #bookKey(lease: Lease, end: LeaseEnd): void {
    const record = this.#key(lease.provider, lease.key)
    const before = record.state
    if (end.kind === 'success') record.state = this.#policies.afterSuccess(before, lease.model)
    if (end.kind !== 'fault') return
    const about = { model: lease.model, fault: end.fault }
    record.state = this.#policies.afterFault(before, about, this.#parts.config().keyPool, this.#nowMs())
    if (end.fault.class === 'model') this.#barredUntilMs.set(pair(lease), this.#nowMs() + barredForMs)
    if (record.state !== before) this.#tellPenalty(lease, record.state, end.fault)
  }

  #tellPenalty(
    { provider, model, key }: Lease,
    state: KeyState,
    { code, class: faultClass, message }: Fault,
  ): void {
    const { health, restUntilMs } = healthOf(state, model, this.#parts.config().keyPool, this.#nowMs())
    const restForMs = Math.max(0, restUntilMs - this.#nowMs(), state.restUntilMs - this.#nowMs())
    const fault = { code, class: faultClass, message }
    this.#parts.publish('resource.penalized', { provider, model, key, health, restForMs, fault })
  }

  /** Whether the circuit opened. */
  #bookCircuit(
    name: string,
    reply: { epoch: number; result: CallResult },
    fault: Fault | undefined,
  ): boolean {
    const before = this.#circuit(name)
    const options = this.#parts.config().breaker
    const after = this.#policies.book(before, options, reply, this.#nowMs())
    if (after === before) return false
    this.#circuits.set(name, after)
    const isOpened = after.kind === 'open' && reply.result === 'failure'
    if (isOpened)
      this.#parts.publish('circuit.tripped', {
        circuit: name,
        reason: fault ? `${fault.code}: ${fault.message}` : 'failure',
        failures: before.kind === 'closed' ? before.failuresInARow + 1 : 1,
        openForMs: options.openForMs,
      })
    if (after.kind === 'closed' && before.kind !== 'closed')
      this.#parts.publish('circuit.reset', { circuit: name })
    return isOpened
  }

  /** Two models that fail together speak of their provider. */
  #tripProvider(provider: string): void {
    const nowMs = this.#nowMs()
    const open = [...this.#circuits].filter(
      ([name, { kind }]) => kind === 'open' && name.startsWith(`${provider}/`),
    )
    if (open.length < modelsThatTrip) return
    const before = this.#circuit(provider)
    const options = this.#parts.config().breaker
    const after = this.#policies.trip(before, options, nowMs)
    if (after === before) return
    this.#circuits.set(provider, after)
    const reason = `${open.length} of its models have open circuits`
    const { openForMs } = options
    this.#parts.publish('circuit.tripped', { circuit: provider, reason, failures: open.length, openForMs })
  }
}

const circuitName = ({ provider, model }: Target) => `${provider}/${model}`
const pair = ({ provider, model, key }: Target & { readonly key: string }) => `${provider}\n${model}\n${key}`

function both(one: Admission, other: Admission): Admission {
  if (one.admitted) return other
  if (other.admitted) return one
  return one.retryAfterMs > other.retryAfterMs ? one : other
}

type Ranked = { readonly standing: TargetView['keys'][number]['standing']; readonly lent: number }

/** Healthiest, then least used; equals keep the order of the configuration. */
function healthiestFirst(one: Ranked, other: Ranked): number {
  const health = (ranked: Ranked) => (ranked.standing.kind === 'free' ? ranked.standing.health : 0)
  return health(other) - health(one) || one.lent - other.lent
}
