/** Holds callers to their limits at the door: each endpoint by key or address, each key and tenant by what it was given. */

import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Config, EndpointClass } from '../../config/config.ts'
import { type Allowance, allowanceFor } from '../../gateway/limits/allowance.ts'
import type { Claim, Standing } from '../../gateway/limits/claim.ts'
import { entryClaims, type Held } from '../../gateway/limits/claims-of.ts'
import type { Limits, Refusal, Taken } from '../../gateway/limits/limits.ts'
import { limitFault } from '../../gateway/limits/refusal.ts'
import type { Caller } from '../../protocol/access.ts'
import type { Fault } from '../../protocol/fault.ts'
import { tenantOf } from '../access/decide.ts'
import { addressGroup } from './client-address.ts'

export interface Visit {
  /** The request's id. */
  readonly holder: string
  readonly caller: Caller
  /** Of the one who really calls. */
  readonly address: string
  readonly endpoint: EndpointClass
  /** The path as it is registered: endpoints of one class are counted apart. */
  readonly path: string
  /** Work that nobody waits for is held to what keys may use, and not to the rates of endpoints. */
  readonly isBackground?: boolean
}

export interface Entry {
  readonly standings: readonly Standing[]
  /** When the answer is out or the caller has gone. */
  leave(): void
}

export interface Turned {
  readonly fault: Fault
  readonly standings: readonly Standing[]
}

export interface RateGate {
  /** Undefined where the visit is held to nothing. */
  enter(visit: Visit): Promise<Outcome<Entry, Turned>> | Outcome<Entry, Turned> | undefined
  /** What a caller may still call of models; undefined where that has no limit. */
  allowance(caller: Caller): Allowance | undefined
}

export interface RateGateParts {
  readonly limits: Limits
  readonly config: () => Config
  readonly clock: Clock
  /** False for a server that only this machine reaches and that asks for no key. */
  readonly isExposed: () => boolean
}

const minuteMs = 60_000
/** A slot comes back by itself so long after the longest request, ms: its process died. */
const graceMs = 60_000

export function createRateGate({ limits, config, clock, isExposed }: RateGateParts): RateGate {
  const isOn = () => {
    const { mode } = config().rates
    return mode === 'auto' ? isExposed() : mode === 'on'
  }
  const claimsOf = (visit: Visit): readonly Claim[] => {
    const held = isInference(visit.endpoint) ? heldOf(visit.caller, config()) : []
    const own = entryClaims(held, config().timeouts.totalMs + graceMs)
    const isRated = isOn() && !visit.isBackground && !hasOwnRate(visit)
    return isRated ? [endpointClaim(visit, config()), ...own] : own
  }
  return {
    enter(visit) {
      const claims = claimsOf(visit)
      if (claims.length === 0) return undefined
      const taken = limits.take(visit.holder, claims)
      return taken instanceof Promise ? taken.then((one) => entered(one, claims)) : entered(taken, claims)
    },
    allowance: (caller) => allowanceFor({ limits, clock, held: heldOf(caller, config()) }),
  }
}

function entered(taken: Taken, claims: readonly Claim[]): Outcome<Entry, Turned> {
  if (taken.granted) return done({ standings: taken.hold.standings, leave: () => taken.hold.settle() })
  return failed(turned(taken.refusal, claims))
}

const turned = (refusal: Refusal, claims: readonly Claim[]): Turned => ({
  fault: limitFault(refusal, claims[refusal.claim]),
  standings: [refusal.standing],
})

const isInference = (endpoint: EndpointClass) => endpoint === 'chat' || endpoint === 'embeddings'

/** A key that was given a rate of its own is held to that one. */
const hasOwnRate = ({ endpoint, caller }: Visit) =>
  isInference(endpoint) && caller.limits.requestsPerMinute !== undefined

/** The key and its tenant, as far as they are held to anything. */
export function heldOf(caller: Caller, { tenants }: Pick<Config, 'tenants'>): readonly Held[] {
  const tenant = tenantOf(caller)
  const common = tenants.get(tenant)
  return [
    ...(caller.keyId === undefined || Object.keys(caller.limits).length === 0
      ? []
      : [{ name: `key:${caller.keyId}`, limits: caller.limits }]),
    ...(common === undefined ? [] : [{ name: `tenant:${tenant}`, limits: common }]),
  ]
}

function endpointClaim({ caller, address, endpoint, path }: Visit, { rates }: Config): Claim {
  const who = caller.keyId === undefined ? `address:${addressGroup(address)}` : `by:${caller.keyId}`
  return {
    kind: 'window',
    what: 'requests',
    name: `requests:endpoint:${path}:${who}`,
    limit: rates.perMinute[endpoint],
    windowMs: minuteMs,
    amount: 1,
  }
}
