/** Remembers how keys and circuits stand, lends them out, and books what became of each call. */

import type { Clock } from '../../base/clock.ts'
import type { Config, ProviderConfig } from '../../config/config.ts'
import type { Publish } from '../../protocol/events.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import {
  type Admission,
  admit,
  type Breaker,
  book,
  type CallResult,
  closedBreaker,
  wouldAdmit,
} from '../policy/breaker.ts'
import {
  afterFault,
  afterSuccess,
  freshKey,
  healthOf,
  type KeyState,
  standing,
} from '../policy/key-health.ts'
import type { TargetView } from '../policy/next-step.ts'

/** Leave for one call; settle it exactly once. */
export interface Lease extends Target {
  /** The key's fingerprint. */
  readonly key: string
  readonly modelEpoch: number
  readonly providerEpoch: number
}

/** How a call ended: well, with a fault, or without saying anything about its target. */
export type LeaseEnd =
  | { readonly kind: 'success' }
  | { readonly kind: 'neutral' }
  | { readonly kind: 'fault'; readonly fault: Fault }

export interface HealthBook {
  view(target: Target, contextTokens?: number): TargetView
  /** The key itself for a fingerprint; empty for a provider that needs none. */
  secretOf(provider: string, key: string): string
  lend(target: Target, key: string): Lease | undefined
  settle(lease: Lease, end: LeaseEnd): void
}

interface KeyRecord {
  state: KeyState
  running: number
  lent: number
}

/** A pair of key and model that the provider does not allow is skipped this long. */
const barredForMs = 3_600_000
/** Stands for "no key" where a provider needs none. */
const noKey = 'key_none'

export interface HealthBookParts {
  readonly config: () => Config
  readonly clock: Clock
  readonly publish: Publish
  readonly fingerprint: (key: string) => string
}

export function createHealthBook(parts: HealthBookParts): HealthBook {
  const keys = new Map<string, KeyRecord>()
  const circuits = new Map<string, Breaker>()
  const barredUntilMs = new Map<string, number>()
  const nowMs = () => parts.clock.monoMs()

  const keyRecord = (provider: string, key: string): KeyRecord => {
    const name = `${provider}\n${key}`
    const known = keys.get(name)
    if (known) return known
    const fresh: KeyRecord = { state: freshKey, running: 0, lent: 0 }
    keys.set(name, fresh)
    return fresh
  }
  const circuit = (name: string): Breaker => circuits.get(name) ?? closedBreaker
  const fingerprints = (provider: ProviderConfig) =>
    provider.keys.length > 0 ? provider.keys.map(parts.fingerprint) : provider.keyless ? [noKey] : []

  const standingOf = (provider: string, key: string, model: string) => {
    const { state, lent } = keyRecord(provider, key)
    return { key, lent, standing: standing(state, model, parts.config().keyPool, nowMs()) }
  }

  const bookCircuit = (
    name: string,
    reply: { epoch: number; result: CallResult },
    fault: Fault | undefined,
  ) => {
    const before = circuit(name)
    const options = parts.config().breaker
    const after = book(before, options, reply, nowMs())
    if (after === before) return
    circuits.set(name, after)
    if (after.kind === 'open' && reply.result === 'failure')
      parts.publish('circuit.tripped', {
        circuit: name,
        reason: fault ? `${fault.code}: ${fault.message}` : 'failure',
        failures: before.kind === 'closed' ? before.failuresInARow + 1 : 1,
        openForMs: options.openForMs,
      })
    if (after.kind === 'closed' && before.kind !== 'closed') parts.publish('circuit.reset', { circuit: name })
  }

  const bookKey = (lease: Lease, end: LeaseEnd) => {
    const record = keyRecord(lease.provider, lease.key)
    record.running -= 1
    if (end.kind === 'success') record.state = afterSuccess(record.state, lease.model)
    if (end.kind !== 'fault') return
    const { keyPool } = parts.config()
    const before = record.state
    record.state = afterFault(before, { model: lease.model, fault: end.fault }, keyPool, nowMs())
    if (end.fault.class === 'model') barredUntilMs.set(pair(lease), nowMs() + barredForMs)
    if (record.state === before) return
    const { health, restUntilMs } = healthOf(record.state, lease.model, keyPool, nowMs())
    const { code, class: faultClass, message } = end.fault
    parts.publish('resource.penalized', {
      provider: lease.provider,
      model: lease.model,
      key: lease.key,
      health,
      restForMs: Math.max(0, restUntilMs - nowMs()),
      fault: { code, class: faultClass, message },
    })
  }

  return {
    view(target, contextTokens) {
      const provider = parts.config().providers.get(target.provider)
      const views = provider
        ? fingerprints(provider).map((key) => standingOf(target.provider, key, target.model))
        : []
      const barred = views.filter(({ key }) => (barredUntilMs.get(pair({ ...target, key })) ?? 0) > nowMs())
      return {
        ...target,
        keys: views.sort(healthiestFirst),
        circuit: both(
          wouldAdmit(circuit(target.provider), nowMs()),
          wouldAdmit(circuit(circuitName(target)), nowMs()),
        ),
        barredKeys: new Set(barred.map(({ key }) => key)),
        ...(contextTokens === undefined ? {} : { contextTokens }),
      }
    },
    secretOf(provider, key) {
      return (
        parts
          .config()
          .providers.get(provider)
          ?.keys.find((secret) => parts.fingerprint(secret) === key) ?? ''
      )
    },
    lend(target, key) {
      const options = parts.config().breaker
      if (!wouldAdmit(circuit(target.provider), nowMs()).admitted) return undefined
      const [model, modelLeave] = admit(circuit(circuitName(target)), options, nowMs())
      if (!modelLeave.admitted) return undefined
      const [provider, providerLeave] = admit(circuit(target.provider), options, nowMs())
      if (!providerLeave.admitted) return undefined
      circuits.set(circuitName(target), model)
      circuits.set(target.provider, provider)
      const record = keyRecord(target.provider, key)
      record.running += 1
      record.lent += 1
      return { ...target, key, modelEpoch: modelLeave.epoch, providerEpoch: providerLeave.epoch }
    },
    settle(lease, end) {
      bookKey(lease, end)
      const fault = end.kind === 'fault' ? end.fault : undefined
      const results = circuitResults(end)
      bookCircuit(circuitName(lease), { epoch: lease.modelEpoch, result: results.model }, fault)
      bookCircuit(lease.provider, { epoch: lease.providerEpoch, result: results.provider }, fault)
    },
  }
}

const circuitName = ({ provider, model }: Target) => `${provider}/${model}`
const pair = ({ provider, model, key }: Target & { readonly key: string }) => `${provider}\n${model}\n${key}`

/** Only the provider's own failures count: never a key's limits, the caller's faults or a cancel. */
export function circuitResults(end: LeaseEnd): { readonly model: CallResult; readonly provider: CallResult } {
  if (end.kind === 'success') return { model: 'success', provider: 'success' }
  if (end.kind === 'neutral') return { model: 'neutral', provider: 'neutral' }
  const { class: faultClass, scope } = end.fault
  const counts = ['overloaded', 'server', 'timeout', 'connection', 'protocol', 'unknown'].includes(faultClass)
  if (!counts) return { model: 'neutral', provider: 'neutral' }
  return scope === 'provider'
    ? { model: 'neutral', provider: 'failure' }
    : { model: 'failure', provider: 'neutral' }
}

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
