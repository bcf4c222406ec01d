/** The bounds that a configuration sets to circuits, keys and retries; what it does not name is as the engine has it. */

import type { Config } from '../../../src/config/config.ts'

export interface Terms {
  /** Failures in a row after which a circuit has to open. */
  readonly tripAfter: number
  /** Failures before which it must not. */
  readonly leastFailures: number
  /** Failures in the window before which the share must not open it. */
  readonly leastInWindow: number
  readonly windowMs: number
  /** Probes that may be out at once. */
  readonly probes: number
  /** A probe that is out longer may be joined by another, ms. */
  readonly leaseMs: number
  readonly openForMs: { readonly least: number; readonly first: number; readonly most: number }
  /** Models with open circuits that open the circuit of their provider. */
  readonly providerTripsAt: number
  readonly notAllowedForMs: number
  readonly quotaRestMs: number
  /** Longest rest that no provider named, ms. */
  readonly restCapMs: number
  /** Repeated calls to a provider: a share of the requests to it, and so many a minute. */
  /** Calls sent for each answered one, and how many must be known. */
  readonly throttle: { readonly k: number; readonly windowMs: number; readonly minCalls: number }
  readonly retries: { readonly share: number; readonly perMinute: number }
}

type Known<Part> = Part & Partial<Record<string, number>>

export function termsOf(config: Config): Terms {
  const breaker: Known<Config['breaker']> = { ...config.breaker }
  const pool: Known<Config['keyPool']> = { ...config.keyPool }
  const { tripAfter, openForMs } = config.breaker
  const jitter = breaker['jitter'] ?? 0
  return {
    tripAfter,
    leastFailures: tripAfter,
    leastInWindow: config.breaker.failedShare * config.breaker.minCalls,
    windowMs: config.breaker.windowMs,
    probes: breaker['probes'] ?? 1,
    leaseMs: breaker['probeLeaseMs'] ?? openForMs,
    openForMs: {
      least: openForMs * (1 - jitter),
      first: openForMs * (1 + jitter),
      most: Math.max(openForMs, breaker['openCapMs'] ?? openForMs) * (1 + jitter),
    },
    providerTripsAt: breaker['providerTripsAt'] ?? 2,
    notAllowedForMs: pool['notAllowedForMs'] ?? 3_600_000,
    quotaRestMs: pool['quotaRestMs'] ?? 3_600_000,
    restCapMs: config.keyPool.restCapMs,
    throttle: config.throttle,
    retries: { share: 0.2, perMinute: 10, ...('retries' in config ? (config['retries'] as object) : {}) },
  }
}
