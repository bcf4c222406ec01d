/** The circuits of all providers and their models: asks the policy, keeps its values, tells transitions. */

import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { BreakerConfig } from '../../config/config.ts'
import type { Publish } from '../../protocol/events.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import { type Admission, type Breaker, type CallResult, closedBreaker } from '../policy/breaker.ts'
import type { LeaseEnd } from '../policy/circuit-results.ts'
import type { Policies } from '../policy/policies.ts'
import { totals } from '../policy/rolling-counts.ts'

/** An epoch that no circuit has. */
const settled = -1

/** Leave for one call; settle it exactly once. */
export interface Lease extends Target {
  /** The key's fingerprint. */
  readonly key: string
  /** Of the state that let the call out; -1 where its end is to change nothing. */
  modelEpoch: number
  providerEpoch: number
  /** The provider has begun to answer. */
  isAccepted: boolean
}

/** A provider, or one of its models. */
export interface CircuitName {
  readonly provider: string
  readonly model?: string
}

/** How a circuit stands, for people. */
export interface CircuitStanding extends CircuitName {
  readonly state: Breaker['kind'] | 'isolated'
  /** Until the next call is let out, ms; absent where one is now, or at no known time. */
  readonly forMs?: number
  /** Why it was isolated. */
  readonly because?: string
}

export interface CircuitParts {
  readonly options: () => BreakerConfig
  readonly clock: Clock
  readonly random: Random
  readonly publish: Publish
  /** A circuit of the provider opened or closed. */
  readonly onChange: (provider: string) => void
}

export interface Leave {
  /** How long the call may take to report, ms. */
  readonly leaseMs: number
  /** False for a request of a dry run: circuits count it and refuse it nothing. */
  readonly isEnforced: boolean
}

interface Circuit {
  breaker: Breaker
  isolatedBecause?: string
}

interface ProviderCircuits extends Circuit {
  readonly models: Map<string, Circuit>
}

interface Booking {
  readonly epoch: number
  readonly result: CallResult
  readonly fault?: Fault | undefined
  /** The call that has begun to answer and is not over. */
  readonly by?: Lease
}

const free: Admission = Object.freeze({ admitted: true, epoch: closedBreaker.epoch })
const isolated: Admission = Object.freeze({ admitted: false, retryAfterMs: Number.POSITIVE_INFINITY })
/** Callers may name any model: more circuits than this are not kept for one provider. */
const mostModels = 1_000

/** Has identity: one set for all requests of a process. */
export class Circuits {
  readonly #parts: CircuitParts
  readonly #policies: Policies
  /** What never failed has no entry, and good calls make none. */
  readonly #providers = new Map<string, ProviderCircuits>()

  constructor(parts: CircuitParts, policies: Policies) {
    this.#parts = parts
    this.#policies = policies
  }

  standing(target: Target, isEnforced: boolean): Admission {
    const provider = this.#providers.get(target.provider)
    if (provider === undefined) return free
    const model = provider.models.get(target.model)
    if (provider.isolatedBecause !== undefined || model?.isolatedBecause !== undefined) return isolated
    if (!isEnforced) return free
    const nowMs = this.#parts.clock.monoMs()
    const one = this.#policies.wouldAdmit(provider.breaker, nowMs)
    return model ? both(one, this.#policies.wouldAdmit(model.breaker, nowMs)) : one
  }

  /** Undefined where a circuit opened since it was looked at. */
  lend(target: Target, key: string, leave: Leave): Lease | undefined {
    const lease: Lease = { ...target, key, modelEpoch: 0, providerEpoch: 0, isAccepted: false }
    const provider = this.#providers.get(target.provider)
    if (provider === undefined) return lease
    const model = provider.models.get(target.model)
    if (!this.standing(target, leave.isEnforced).admitted) return undefined
    const [ofModel, modelLeave] = this.#admit(model, leave)
    const [ofProvider, providerLeave] = this.#admit(provider, leave)
    if (leave.isEnforced && !(modelLeave.admitted && providerLeave.admitted)) return undefined
    if (model) model.breaker = ofModel
    provider.breaker = ofProvider
    lease.modelEpoch = modelLeave.admitted ? modelLeave.epoch : settled
    lease.providerEpoch = providerLeave.admitted ? providerLeave.epoch : settled
    return lease
  }

  /** The provider began a stream: a probe has succeeded, however long the answer may take, and its end moves nothing. */
  accepted(lease: Lease): void {
    if (lease.isAccepted) return
    lease.isAccepted = true
    const provider = this.#providers.get(lease.provider)
    if (provider === undefined) return
    const model = provider.models.get(lease.model)
    if (model && this.#isProbe(model, lease.modelEpoch)) {
      this.#book(lease, { epoch: lease.modelEpoch, result: 'success', by: lease })
      lease.modelEpoch = settled
    }
    if (this.#isProbe(provider, lease.providerEpoch)) {
      const name = { provider: lease.provider }
      this.#book(name, { epoch: lease.providerEpoch, result: 'success', by: lease })
      lease.providerEpoch = settled
    }
  }

  settle(lease: Lease, end: LeaseEnd): void {
    const fault = end.kind === 'fault' ? end.fault : undefined
    const results = this.#policies.circuitResults(end)
    const { provider } = lease
    const hasOpened = this.#book(lease, { epoch: lease.modelEpoch, result: results.model, fault })
    this.#book({ provider }, { epoch: lease.providerEpoch, result: results.provider, fault })
    if (hasOpened) this.#tripProvider(provider)
  }

  isolate(name: CircuitName, because: string): void {
    this.#find(name).isolatedBecause = because
    this.#tell(name, { reason: `isolated by hand: ${because}`, failures: 0, openForMs: 0 })
  }

  /** Ends an isolation and closes the circuit, whatever had opened it. */
  release(name: CircuitName): void {
    const circuit = this.#find(name)
    circuit.isolatedBecause = undefined
    circuit.breaker = this.#policies.close(circuit.breaker)
    this.#tellReset(name)
  }

  list(): readonly CircuitStanding[] {
    return [...this.#providers].flatMap(([provider, circuits]) => [
      this.#describe({ provider }, circuits),
      ...[...circuits.models].map(([model, circuit]) => this.#describe({ provider, model }, circuit)),
    ])
  }

  #describe(name: CircuitName, { breaker, isolatedBecause }: Circuit): CircuitStanding {
    if (isolatedBecause !== undefined) return { ...name, state: 'isolated', because: isolatedBecause }
    const leave = this.#policies.wouldAdmit(breaker, this.#parts.clock.monoMs())
    return { ...name, state: breaker.kind, ...(leave.admitted ? {} : { forMs: leave.retryAfterMs }) }
  }

  #admit(circuit: Circuit | undefined, { leaseMs }: Leave): [Breaker, Admission] {
    if (circuit === undefined || circuit.breaker.kind === 'closed')
      return [
        circuit?.breaker ?? closedBreaker,
        { admitted: true, epoch: (circuit?.breaker ?? closedBreaker).epoch },
      ]
    const options = this.#parts.options()
    const forMs = Math.max(leaseMs, options.probeLeaseMs)
    return this.#policies.admit(circuit.breaker, options, this.#parts.clock.monoMs(), forMs)
  }

  #isProbe({ breaker }: Circuit, epoch: number): boolean {
    return breaker.kind === 'probing' && breaker.epoch === epoch
  }

  /** Whether the circuit opened. */
  #book(name: CircuitName, { fault, by, ...reply }: Booking): boolean {
    const known = this.#peek(name)
    if (known === undefined && reply.result !== 'failure') return false
    const circuit = known ?? this.#find(name)
    const before = circuit.breaker
    const chance = reply.result === 'failure' ? this.#parts.random() : 0.5
    const nowMs = this.#parts.clock.monoMs()
    const after = this.#policies.book(before, this.#parts.options(), { ...reply, chance }, nowMs)
    if (after === before) return false
    circuit.breaker = after
    if (after.kind === 'closed' && before.kind !== 'closed') this.#tellReset(name, by)
    if (after.kind !== 'open' || before.kind === 'open') return false
    const reason = fault ? `${fault.code}: ${fault.message}` : 'failure'
    this.#tell(name, { reason, failures: this.#failures(before), openForMs: after.untilMs - nowMs })
    return true
  }

  /** What opened it: failures in a row, or those of the window. */
  #failures(before: Breaker): number {
    if (before.kind !== 'closed') return 1
    const { tripAfter, windowMs } = this.#parts.options()
    const inARow = before.failuresInARow + 1
    return inARow >= tripAfter ? inARow : totals(before.window, windowMs, this.#parts.clock.monoMs()).bad + 1
  }

  /** Models that fail together speak of their provider. */
  #tripProvider(provider: string): void {
    const circuits = this.#providers.get(provider)
    if (circuits === undefined) return
    const options = this.#parts.options()
    const nowMs = this.#parts.clock.monoMs()
    let open = 0
    for (const { breaker } of circuits.models.values())
      if (breaker.kind === 'open' && breaker.untilMs + options.openForMs > nowMs) open += 1
    if (open < options.providerTripsAt) return
    const before = circuits.breaker
    const after = this.#policies.trip(before, options, nowMs, this.#parts.random())
    if (after === before) return
    circuits.breaker = after
    const reason = `${open} of its models have open circuits`
    const openForMs = after.kind === 'open' ? after.untilMs - nowMs : 0
    this.#tell({ provider }, { reason, failures: open, openForMs })
  }

  #tell(
    name: CircuitName,
    trip: { readonly reason: string; readonly failures: number; readonly openForMs: number },
  ): void {
    this.#parts.onChange(name.provider)
    this.#parts.publish('circuit.tripped', { circuit: circuitText(name), ...trip })
  }

  #tellReset(name: CircuitName, by?: Lease): void {
    this.#parts.onChange(name.provider)
    const begun = by && { model: by.model, key: by.key }
    this.#parts.publish('circuit.reset', { circuit: circuitText(name), ...(begun ? { begun } : {}) })
  }

  #peek({ provider, model }: CircuitName): Circuit | undefined {
    const circuits = this.#providers.get(provider)
    return model === undefined ? circuits : circuits?.models.get(model)
  }

  #find({ provider, model }: CircuitName): Circuit {
    const circuits = this.#providers.get(provider) ?? { breaker: closedBreaker, models: new Map() }
    this.#providers.set(provider, circuits)
    if (model === undefined) return circuits
    const known = circuits.models.get(model)
    if (known) return known
    if (circuits.models.size >= mostModels) forgetOne(circuits.models)
    const fresh: Circuit = { breaker: closedBreaker }
    circuits.models.set(model, fresh)
    return fresh
  }
}

/** The oldest that is closed, or else the oldest. */
function forgetOne(models: Map<string, Circuit>): void {
  let oldest: string | undefined
  for (const [model, { breaker, isolatedBecause }] of models) {
    oldest ??= model
    if (breaker.kind !== 'closed' || isolatedBecause !== undefined) continue
    oldest = model
    break
  }
  if (oldest !== undefined) models.delete(oldest)
}

export const circuitText = ({ provider, model }: CircuitName) =>
  model === undefined ? provider : `${provider}/${model}`

function both(one: Admission, other: Admission): Admission {
  if (one.admitted) return other
  if (other.admitted) return one
  return one.retryAfterMs > other.retryAfterMs ? one : other
}
