/** Remembers how keys, circuits and loads stand, lends them out, and books what became of each call. */

import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { Config } from '../../config/config.ts'
import type { Publish } from '../../protocol/events.ts'
import type { Target } from '../../protocol/plan.ts'
import type { LeaseEnd } from '../policy/circuit-results.ts'
import type { HedgeOptions } from '../policy/latency-digest.ts'
import type { TargetView } from '../policy/next-step.ts'
import { defaultPolicies, type Policies } from '../policy/policies.ts'
import { type CircuitName, type CircuitStanding, Circuits, type Lease, type Leave } from './circuits.ts'
import { KeyBook, type ListedKey } from './key-book.ts'
import { LatencyBook } from './latency-book.ts'
import { LoadBook } from './load-book.ts'

export type { CircuitName, CircuitStanding, Lease } from './circuits.ts'

/** Who looks at a target. */
export interface Asking {
  /** False for a request of a dry run. */
  readonly isEnforced: boolean
  contextOf(target: Target): number | undefined
}

export interface HealthBook {
  /** The target as it stands at this moment. */
  view(target: Target, asking?: Asking): TargetView
  /** The key itself for a fingerprint; empty for a provider that needs none, undefined for a key that is gone. */
  secretOf(provider: string, key: string): string | undefined
  /** Whether a call beyond a request's first may be sent to the provider. */
  mayRepeat(provider: string): boolean
  /** How long before a second target is called beside this one, ms; undefined where too little is known of it. */
  hedgeAfterMs(target: Target, isStream: boolean, options: HedgeOptions): number | undefined
  /** A target took so long to begin its answer, or at least so long. */
  tookMs(target: Target, isStream: boolean, forMs: number): void
  /** A request goes to the provider, or goes there once more. */
  sent(provider: string, isRepeat: boolean): void
  lend(target: Target, key: string, leave: Leave): Lease | undefined
  /** The provider began to answer; `settle` is still due. */
  accepted(lease: Lease): void
  settle(lease: Lease, end: LeaseEnd): void
  /** From now on nothing is sent there, until it is released. */
  isolate(name: CircuitName, because: string): void
  /** Ends an isolation and closes the circuit. */
  release(name: CircuitName): void
  /** Circuits that ever failed or were isolated. */
  circuits(): readonly CircuitStanding[]
  /** The key is lent to no call until it is released; false where the provider has no such key. */
  isolateKey(provider: string, key: string, because: string): boolean
  /** Ends an isolation, a refusal and a rest; false where the provider has no such key. */
  releaseKey(provider: string, key: string): boolean
  /** Every configured key. */
  keys(): readonly ListedKey[]
}

export interface HealthBookParts {
  readonly config: () => Config
  readonly clock: Clock
  readonly random: Random
  readonly publish: Publish
  readonly fingerprint: (key: string) => string
}

const anybody: Asking = { isEnforced: true, contextOf: () => undefined }

export function createHealthBook(parts: HealthBookParts, policies: Policies = defaultPolicies): HealthBook {
  const loads = new LoadBook(parts, policies)
  const latencies = new LatencyBook(policies)
  const keys = new KeyBook(parts, policies)
  const options = () => parts.config().breaker
  const onChange = (provider: string) => loads.forgive(provider)
  const circuits = new Circuits({ ...parts, options, onChange }, policies)
  return {
    view: (target, asking = anybody) => ({
      provider: target.provider,
      model: target.model,
      keys: keys.views(target),
      circuit: circuits.standing(target, asking.isEnforced),
      barredKeys: keys.barred(target),
      contextTokens: asking.contextOf(target),
      mayRepeat: loads.mayRepeat(target.provider),
      refuseShare: loads.refuseShare(target.provider),
    }),
    secretOf: (provider, key) => keys.secretOf(provider, key),
    mayRepeat: (provider) => loads.mayRepeat(provider),
    hedgeAfterMs: (target, isStream, hedge) => latencies.hedgeAfterMs(target, isStream, hedge),
    tookMs: (target, isStream, forMs) => latencies.note(target, isStream, forMs),
    sent: (provider, isRepeat) => loads.sent(provider, isRepeat),
    lend(target, key, leave) {
      const lease = circuits.lend(target, key, leave)
      if (lease) keys.lent(target.provider, key)
      return lease
    },
    accepted(lease) {
      if (!lease.isAccepted) loads.accepted(lease)
      circuits.accepted(lease)
    },
    settle(lease, end) {
      keys.settle(lease, end)
      loads.settle(lease, end)
      circuits.settle(lease, end)
    },
    isolate: (name, because) => circuits.isolate(name, because),
    release: (name) => circuits.release(name),
    circuits: () => circuits.list(),
    isolateKey: (provider, key, because) => keys.isolate(provider, key, because),
    releaseKey: (provider, key) => keys.release(provider, key),
    keys: () => keys.list(),
  }
}
