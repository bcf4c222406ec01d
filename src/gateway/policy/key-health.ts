/** Health of one key as a value: disabled keys, rests after limits, and healing with time. */

import type { Fault } from '../../protocol/fault.ts'

export interface KeyHealthOptions {
  /** Share of health a limit takes away, above 0 and at most 1. */
  readonly penalty: number
  /** One increment of health for each full interval that passed, ms. */
  readonly healingIntervalMs: number
  readonly healingIncrement: number
  /** Rest after the first limit that names no time, ms; doubles while limits go on. */
  readonly firstRestMs: number
  /** Longest rest when the provider named no time, ms. */
  readonly restCapMs: number
  /** Rest of a key without credit when the provider named no time, ms. */
  readonly quotaRestMs: number
}

/** What a key is for one model. */
export interface ModelHealth {
  /** 0.01 to 1. */
  readonly health: number
  readonly restUntilMs: number
  /** The provider named the end of the rest; a rest it did not name is never waited for. */
  readonly restNamed: boolean
  readonly limitsInARow: number
  readonly healedAtMs: number
}

export interface KeyState {
  /** Why the key is no longer used, until an operator clears it. */
  readonly disabledBecause?: string
  /** Why an operator took it out of use; a changed configuration does not bring it back. */
  readonly isolatedBecause?: string
  /** No model may be called with the key before this. */
  readonly restUntilMs: number
  readonly models: ReadonlyMap<string, ModelHealth>
}

const leastHealth = 0.01

export const freshKey: KeyState = { restUntilMs: 0, models: new Map() }

const freshModel = (nowMs: number): ModelHealth => ({
  health: 1,
  restUntilMs: 0,
  restNamed: false,
  limitsInARow: 0,
  healedAtMs: nowMs,
})

/** Health now: increments for the whole intervals that passed, the remainder is kept for the next look. */
export function healed(model: ModelHealth, options: KeyHealthOptions, nowMs: number): ModelHealth {
  if (model.health >= 1) return { ...model, healedAtMs: nowMs }
  const intervals = Math.floor((nowMs - model.healedAtMs) / options.healingIntervalMs)
  if (intervals < 1) return model
  const health = Math.min(1, model.health + intervals * options.healingIncrement)
  return { ...model, health, healedAtMs: model.healedAtMs + intervals * options.healingIntervalMs }
}

/** The key with all that time has healed written down; the same value where nothing changed. */
export function healedKey(key: KeyState, options: KeyHealthOptions, nowMs: number): KeyState {
  let models: Map<string, ModelHealth> | undefined
  for (const [name, before] of key.models) {
    if (before.health >= 1) continue
    const after = healed(before, options, nowMs)
    if (after.health === before.health) continue
    models ??= new Map(key.models)
    models.set(name, after)
  }
  return models ? { ...key, models } : key
}

/** Usable, with full health for every model. */
export function isWhole(key: KeyState): boolean {
  if (key.disabledBecause !== undefined || key.isolatedBecause !== undefined) return false
  return [...key.models.values()].every(({ health }) => health >= 1)
}

export function healthOf(
  key: KeyState,
  model: string,
  options: KeyHealthOptions,
  nowMs: number,
): ModelHealth {
  return healed(key.models.get(model) ?? freshModel(nowMs), options, nowMs)
}

/** The key after a fault of a call with it; only faults of the key's own change anything. */
export function afterFault(
  key: KeyState,
  about: { readonly model: string; readonly fault: Fault },
  options: KeyHealthOptions,
  nowMs: number,
): KeyState {
  const { fault, model } = about
  if (fault.class === 'auth') return { ...key, disabledBecause: fault.message }
  if (fault.class !== 'quota' && fault.class !== 'rate_limit') return key
  const before = healthOf(key, model, options, nowMs)
  const limitsInARow = before.limitsInARow + 1
  const unnamedMs =
    fault.class === 'quota'
      ? options.quotaRestMs
      : Math.min(options.restCapMs, options.firstRestMs * 2 ** (limitsInARow - 1))
  const restUntilMs = Math.max(before.restUntilMs, nowMs + (fault.retryAfterMs ?? unnamedMs))
  const after: ModelHealth = {
    health: Math.max(leastHealth, before.health * (1 - options.penalty)),
    restUntilMs,
    restNamed: fault.retryAfterMs !== undefined,
    limitsInARow,
    healedAtMs: before.healedAtMs,
  }
  const models = new Map(key.models).set(model, after)
  // A limit of one model may not shorten the rest that another one caused.
  const forAllMs = Math.max(key.restUntilMs, restUntilMs)
  return fault.class === 'quota' ? { ...key, models, restUntilMs: forAllMs } : { ...key, models }
}

/** The key after a call that succeeded: limits are no longer in a row; health comes back with time alone. */
export function afterSuccess(key: KeyState, model: string): KeyState {
  const before = key.models.get(model)
  if (before === undefined || before.limitsInARow === 0) return key
  return { ...key, models: new Map(key.models).set(model, { ...before, limitsInARow: 0 }) }
}

/** The key as an operator takes it out of use, for every model. */
export function isolatedKey(key: KeyState, because: string): KeyState {
  return { ...key, isolatedBecause: because }
}

/** The key as an operator gives it back: neither isolated, nor refused, nor resting; health comes back with time alone. */
export function releasedKey({ models }: KeyState): KeyState {
  const rested = [...models].map(
    ([name, model]) => [name, { ...model, restUntilMs: 0, restNamed: false }] as const,
  )
  return { restUntilMs: 0, models: new Map(rested) }
}

/** How a key stands over all of its models, for people. */
export interface KeyCondition {
  readonly state: 'free' | 'resting' | 'disabled' | 'isolated'
  /** Why it is disabled or isolated. */
  readonly because?: string
  /** Until no model makes it rest any more, ms. */
  readonly forMs?: number
}

export function conditionOf(key: KeyState, nowMs: number): KeyCondition {
  if (key.isolatedBecause !== undefined) return { state: 'isolated', because: key.isolatedBecause }
  if (key.disabledBecause !== undefined) return { state: 'disabled', because: key.disabledBecause }
  const ends = [...key.models.values()].map(({ restUntilMs }) => restUntilMs)
  const forMs = Math.ceil(Math.max(key.restUntilMs, ...ends) - nowMs)
  return forMs > 0 ? { state: 'resting', forMs } : { state: 'free' }
}

export type KeyStanding =
  | { readonly kind: 'free'; readonly health: number }
  | { readonly kind: 'resting'; readonly forMs: number; readonly named: boolean }
  | { readonly kind: 'disabled'; readonly because: string }

const wholeAndFree: KeyStanding = Object.freeze({ kind: 'free', health: 1 })

/** Whether the key may be lent for the model now. */
export function standing(
  key: KeyState,
  model: string,
  options: KeyHealthOptions,
  nowMs: number,
): KeyStanding {
  if (key.isolatedBecause !== undefined)
    return { kind: 'disabled', because: `isolated by hand: ${key.isolatedBecause}` }
  if (key.disabledBecause !== undefined) return { kind: 'disabled', because: key.disabledBecause }
  if (key.restUntilMs <= nowMs && !key.models.has(model)) return wholeAndFree
  const { health, restUntilMs, restNamed } = healthOf(key, model, options, nowMs)
  const untilMs = Math.max(restUntilMs, key.restUntilMs)
  if (untilMs > nowMs) return { kind: 'resting', forMs: untilMs - nowMs, named: restNamed }
  return { kind: 'free', health }
}
