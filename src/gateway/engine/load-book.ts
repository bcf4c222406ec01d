/** What each provider was sent lately: its retry budget, and how many of its calls it answered. */

import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../config/config.ts'
import type { LeaseEnd } from '../policy/circuit-results.ts'
import type { Policies } from '../policy/policies.ts'
import { openRetryBudget, type RetryBudget } from '../policy/retry-budget.ts'
import { count, type RollingCounts } from '../policy/rolling-counts.ts'
import type { Lease } from './circuits.ts'

export interface LoadBookParts {
  readonly config: () => Config
  readonly clock: Clock
}

interface Load {
  budget: RetryBudget
  /** Calls and unanswered ones; absent while all were answered. */
  calls?: RollingCounts
}

/** Has identity: one book for all requests of a process. */
export class LoadBook {
  readonly #parts: LoadBookParts
  readonly #policies: Policies
  readonly #loads = new Map<string, Load>()

  constructor(parts: LoadBookParts, policies: Policies) {
    this.#parts = parts
    this.#policies = policies
  }

  mayRepeat(provider: string): boolean {
    const { retries } = this.#parts.config()
    return this.#policies.mayRepeat(this.#load(provider).budget, retries, this.#parts.clock.monoMs())
  }

  refuseShare(provider: string): number {
    const { calls } = this.#load(provider)
    if (calls === undefined) return 0
    return this.#policies.refuseShare(calls, this.#parts.config().throttle, this.#parts.clock.monoMs())
  }

  /** A request goes to the provider, or goes there once more. */
  sent(provider: string, isRepeat: boolean): void {
    const load = this.#load(provider)
    const { retries } = this.#parts.config()
    const nowMs = this.#parts.clock.monoMs()
    load.budget = isRepeat
      ? this.#policies.takeOut(load.budget, retries, nowMs)
      : this.#policies.payIn(load.budget, retries, nowMs)
  }

  accepted({ provider }: Lease): void {
    this.#count(provider, false)
  }

  settle({ provider, isAccepted }: Lease, end: LeaseEnd): void {
    const { model, provider: ofProvider } = this.#policies.circuitResults(end)
    const isBad = model === 'failure' || ofProvider === 'failure'
    const isGood = end.kind === 'success' && !isAccepted
    if (isBad || isGood) this.#count(provider, isBad)
  }

  /** Where a circuit opens, it is what stands guard; where one closes, the outage is not held against the provider. */
  forgive(provider: string): void {
    this.#load(provider).calls = undefined
  }

  #count(provider: string, isBad: boolean): void {
    const load = this.#load(provider)
    if (!isBad && load.calls === undefined) return
    const { windowMs } = this.#parts.config().throttle
    load.calls = count(load.calls, isBad, windowMs, this.#parts.clock.monoMs())
  }

  #load(provider: string): Load {
    const known = this.#loads.get(provider)
    if (known) return known
    const fresh: Load = { budget: openRetryBudget(this.#parts.config().retries, this.#parts.clock.monoMs()) }
    this.#loads.set(provider, fresh)
    return fresh
  }
}
