/** Requests and tokens a minute for each key, over a sliding window. */

export interface SandboxLimits {
  readonly requests_per_minute?: number | undefined
  readonly tokens_per_minute?: number | undefined
}

export type Limited = 'requests' | 'tokens'

/** How one limit of a key stands after a call was counted. */
export interface LimitState {
  readonly what: Limited
  readonly limit: number
  readonly remaining: number
  /** Until all of it is there again, ms. */
  readonly wholeInMs: number
}

export interface LimitAnswer {
  /** Why the call is not allowed; absent where it is. */
  readonly exceeded?: { readonly what: Limited; readonly limit: number; readonly retryAfterMs: number }
  /** The limits that are set. */
  readonly states: readonly LimitState[]
}

interface Call {
  readonly atMs: number
  readonly tokens: number
}

const windowMs = 60_000

export function createRateLimits(limits: SandboxLimits, nowMs: () => number) {
  const calls = new Map<string, readonly Call[]>()
  return {
    /** Counts the call if it is allowed; one that is not costs nothing. */
    take(key: string, tokens: number): LimitAnswer {
      const now = nowMs()
      const before = (calls.get(key) ?? []).filter(({ atMs }) => atMs > now - windowMs)
      const exceeded =
        over('requests', limits.requests_per_minute, { log: before, costs: () => 1, cost: 1, now }) ??
        over('tokens', limits.tokens_per_minute, {
          log: before,
          costs: (call) => call.tokens,
          cost: tokens,
          now,
        })
      const log = exceeded ? before : [...before, { atMs: now, tokens }]
      calls.set(key, log)
      return { ...(exceeded ? { exceeded } : {}), states: statesOf(limits, log, now) }
    },
  }
}

interface Window {
  readonly log: readonly Call[]
  readonly costs: (call: Call) => number
  readonly cost: number
  readonly now: number
}

/** Whether one more call is too much, and when enough of the old ones have left the window. */
function over(what: Limited, limit: number | undefined, window: Window): LimitAnswer['exceeded'] {
  if (limit === undefined) return undefined
  const { log, costs, cost, now } = window
  let used = log.reduce((sum, call) => sum + costs(call), 0)
  if (used + cost <= limit) return undefined
  for (const call of log) {
    used -= costs(call)
    if (used + cost <= limit) return { what, limit, retryAfterMs: call.atMs + windowMs - now }
  }
  return { what, limit, retryAfterMs: windowMs }
}

function statesOf(limits: SandboxLimits, log: readonly Call[], now: number): readonly LimitState[] {
  const last = log.at(-1)
  const wholeInMs = last ? last.atMs + windowMs - now : 0
  const state = (what: Limited, limit: number | undefined, used: number): LimitState[] =>
    limit === undefined ? [] : [{ what, limit, remaining: Math.max(0, limit - used), wholeInMs }]
  const tokens = log.reduce((sum, call) => sum + call.tokens, 0)
  return [
    ...state('requests', limits.requests_per_minute, log.length),
    ...state('tokens', limits.tokens_per_minute, tokens),
  ]
}
