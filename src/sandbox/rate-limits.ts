/** Requests and tokens a minute for each key, over a sliding window, with the headers OpenAI sends. */

export interface SandboxLimits {
  readonly requests_per_minute?: number | undefined
  readonly tokens_per_minute?: number | undefined
}

export interface LimitAnswer {
  readonly allowed: boolean
  readonly headers: Readonly<Record<string, string>>
}

const windowMs = 60_000

export function createRateLimits(limits: SandboxLimits, nowMs: () => number) {
  const calls = new Map<string, { atMs: number; tokens: number }[]>()
  return {
    take(key: string, tokens: number): LimitAnswer {
      const now = nowMs()
      const log = (calls.get(key) ?? []).filter(({ atMs }) => atMs > now - windowMs)
      const used = log.reduce((sum, call) => sum + call.tokens, 0)
      const requestsLeft = (limits.requests_per_minute ?? Number.POSITIVE_INFINITY) - log.length
      const tokensLeft = (limits.tokens_per_minute ?? Number.POSITIVE_INFINITY) - used
      const allowed = requestsLeft >= 1 && tokensLeft >= tokens
      if (allowed) log.push({ atMs: now, tokens })
      calls.set(key, log)
      const resetMs = log[0] ? log[0].atMs + windowMs - now : 0
      return { allowed, headers: headersOf(limits, { requestsLeft, tokensLeft, resetMs, allowed }) }
    },
  }
}

interface Left {
  readonly requestsLeft: number
  readonly tokensLeft: number
  readonly resetMs: number
  readonly allowed: boolean
}

function headersOf(limits: SandboxLimits, left: Left): Record<string, string> {
  const headers: Record<string, string> = {}
  const say = (what: 'requests' | 'tokens', limit: number | undefined, rest: number) => {
    if (limit === undefined) return
    headers[`x-ratelimit-limit-${what}`] = String(limit)
    headers[`x-ratelimit-remaining-${what}`] = String(
      Math.max(0, rest - (left.allowed && what === 'requests' ? 1 : 0)),
    )
    headers[`x-ratelimit-reset-${what}`] = `${Math.ceil(left.resetMs)}ms`
  }
  say('requests', limits.requests_per_minute, left.requestsLeft)
  say('tokens', limits.tokens_per_minute, left.tokensLeft)
  if (!left.allowed) headers['retry-after'] = String(Math.max(1, Math.ceil(left.resetMs / 1_000)))
  return headers
}
