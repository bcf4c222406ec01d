/** The configuration about staying up, as the program uses it: time limits, attempts, circuits, keys, budgets, rewriting. */

export interface Timeouts {
  readonly totalMs: number
  readonly connectMs: number
  /** To the head of a streamed answer; absent means as long as the first content may take. */
  readonly headersMs?: number
  readonly firstTokenMs: number
  readonly idleMs: number
  readonly responseMs: number
  /** To the end of a stream whose first content came within `totalMs`; absent means `totalMs`. */
  readonly streamMs?: number
}

/** Limits of a profile; what is absent is as configured for the route or for all. */
export interface ProfileLimits extends Partial<Timeouts> {
  /** Of `AttemptLimits`, what the profile names. */
  readonly attempts: Partial<Pick<AttemptLimits, 'patienceMs' | 'sameTry' | 'baseMs' | 'maxMs'>>
}

export type ProfileName = 'chat' | 'phone' | 'batch' | 'local' | 'production' | 'ci'

export type Profiles = Readonly<Record<ProfileName, ProfileLimits>>

export interface AttemptLimits {
  /** Attempts of one request in all. */
  readonly max: number
  /** Attempts on one (provider, model, key). */
  readonly sameTry: number
  /** First back-off, ms; doubles with each further attempt. */
  readonly baseMs: number
  readonly maxMs: number
  /** How long the preferred target is waited for when all its keys rest, ms. */
  readonly patienceMs: number
}

export interface BreakerConfig {
  /** Failures in a row that open a circuit; at least 1. */
  readonly tripAfter: number
  readonly windowMs: number
  /** Share of failed calls in the window that opens a circuit, above 0 and at most 1. */
  readonly failedShare: number
  /** Calls in the window below which the share opens nothing. */
  readonly minCalls: number
  readonly openForMs: number
  /** Share by which an opening is made shorter or longer, 0 to 1. */
  readonly jitter: number
  /** Age of an outage from which each further opening lasts twice as long, ms. */
  readonly growAfterMs: number
  readonly openCapMs: number
  /** Calls lent after the wait that must succeed before the circuit closes; at least 1. */
  readonly probes: number
  readonly probeLeaseMs: number
  /** Models with open circuits that open the circuit of their provider. */
  readonly providerTripsAt: number
  /** Share of requests that circuits may refuse, 0 to 1. */
  readonly enforce: number
}

export interface KeyPoolConfig {
  /** Share of health a rate limit takes away, above 0 and at most 1. */
  readonly penalty: number
  readonly healingIntervalMs: number
  readonly healingIncrement: number
  /** Rest after the first limit that names no time, ms; doubles while limits go on. */
  readonly firstRestMs: number
  /** Longest rest when the provider named no time, ms. */
  readonly restCapMs: number
  /** Rest of a key without credit when the provider named no time, ms. */
  readonly quotaRestMs: number
  /** How long a (key, model) pair that the provider does not allow is passed over, ms. */
  readonly notAllowedForMs: number
}

export interface RetryConfig {
  /** Repeated calls to a provider as a share of the requests sent to it, 0 to 1. */
  readonly share: number
  /** Repeated calls a minute beside the share; also the most that are saved up. */
  readonly perMinute: number
}

export interface HedgeConfig {
  readonly isOn: boolean
  /** Share of calls that answer sooner than the second target is called, 0.5 to 0.999. */
  readonly quantile: number
  readonly minCalls: number
  readonly atLeastMs: number
}

export interface ThrottleConfig {
  /** Calls sent for each one lately answered, at least 1. */
  readonly k: number
  readonly windowMs: number
  readonly minCalls: number
}

export interface RewriterConfig {
  readonly target?: { readonly provider: string; readonly model: string }
  /** 0 to 2. */
  readonly attempts: number
  readonly scope: 'last' | 'all'
  readonly timeoutMs: number
  readonly maxCostUsd: number
  readonly maxOutputTokens: number
  readonly temperature?: number
  readonly harmful: readonly string[]
  readonly instruction?: string
}
