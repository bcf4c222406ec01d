/** From the checked file to the configuration about staying up. */

import type { PaceConfig } from './config.ts'
import type {
  AttemptLimits,
  BreakerConfig,
  HedgeConfig,
  KeyPoolConfig,
  ProfileLimits,
  Profiles,
  RetryConfig,
  ThrottleConfig,
  Timeouts,
} from './resilience.ts'
import type { ConfigFile } from './schema.ts'

type PartialTimeouts = ConfigFile['routes'][string]['timeouts']

export function toTimeouts({ timeouts }: ConfigFile): Timeouts {
  return { ...toLimits(timeouts), ...required(timeouts) }
}

const required = (timeouts: ConfigFile['timeouts']) => ({
  totalMs: timeouts.total_ms,
  connectMs: timeouts.connect_ms,
  firstTokenMs: timeouts.first_token_ms,
  idleMs: timeouts.idle_ms,
  responseMs: timeouts.response_ms,
})

/** Only what is given, so that it can be laid over other limits. */
export function toLimits(given: PartialTimeouts): Partial<Timeouts> {
  const limits: [keyof Timeouts, number | undefined][] = [
    ['totalMs', given.total_ms],
    ['connectMs', given.connect_ms],
    ['headersMs', given.headers_ms],
    ['firstTokenMs', given.first_token_ms],
    ['idleMs', given.idle_ms],
    ['responseMs', given.response_ms],
    ['streamMs', given.stream_ms],
  ]
  return Object.fromEntries(limits.filter(([, limit]) => limit !== undefined))
}

export function toProfiles({ profiles }: ConfigFile): Profiles {
  return {
    chat: toProfile(profiles.chat),
    phone: toProfile(profiles.phone),
    batch: toProfile(profiles.batch),
    local: toProfile(profiles.local),
    production: toProfile(profiles.production),
    ci: toProfile(profiles.ci),
  }
}

function toProfile(given: ConfigFile['profiles']['phone']): ProfileLimits {
  const attempts: [keyof ProfileLimits['attempts'], number | undefined][] = [
    ['patienceMs', given.patience_ms],
    ['sameTry', given.same_try],
    ['baseMs', given.base_ms],
    ['maxMs', given.max_ms],
  ]
  const named = Object.fromEntries(attempts.filter(([, limit]) => limit !== undefined))
  return { ...toLimits(given), attempts: named }
}

export function toAttempts({ attempts }: ConfigFile): AttemptLimits {
  return {
    max: attempts.max,
    sameTry: attempts.same_try,
    baseMs: attempts.base_ms,
    maxMs: attempts.max_ms,
    patienceMs: attempts.patience_ms,
  }
}

export function toBreaker({ breaker }: ConfigFile): BreakerConfig {
  return {
    tripAfter: breaker.trip_after,
    windowMs: breaker.window_ms,
    failedShare: breaker.failed_share,
    minCalls: breaker.min_calls,
    openForMs: breaker.open_for_ms,
    jitter: breaker.jitter,
    growAfterMs: breaker.grow_after_ms,
    openCapMs: breaker.open_cap_ms,
    probes: breaker.probes,
    probeLeaseMs: breaker.probe_lease_ms,
    providerTripsAt: breaker.provider_trips_at,
    enforce: breaker.enforce,
  }
}

export function toKeyPool({ key_pool: pool }: ConfigFile): KeyPoolConfig {
  return {
    penalty: pool.penalty,
    healingIntervalMs: pool.healing_interval_ms,
    healingIncrement: pool.healing_increment,
    firstRestMs: pool.first_rest_ms,
    restCapMs: pool.rest_cap_ms,
    quotaRestMs: pool.quota_rest_ms,
    notAllowedForMs: pool.not_allowed_for_ms,
  }
}

export function toHedge(given: ConfigFile['routes'][string]['hedge']): HedgeConfig {
  const { mode, quantile, min_calls: minCalls, at_least_ms: atLeastMs } = given
  return { isOn: mode === 'on' || mode === true, quantile, minCalls, atLeastMs }
}

export function toRetries({ retries }: ConfigFile): RetryConfig {
  return { share: retries.share, perMinute: retries.per_minute }
}

export function toThrottle({ throttle }: ConfigFile): ThrottleConfig {
  return { k: throttle.k, windowMs: throttle.window_ms, minCalls: throttle.min_calls }
}

export function toPace(pace: ConfigFile['routes'][string]['streams']['pace']): {
  readonly pace?: PaceConfig
} {
  return pace === undefined ? {} : { pace: { by: pace.by, everyMs: pace.every_ms } }
}
