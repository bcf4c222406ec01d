/** The headers in which each provider tells how its limits stand. */

import type { Dialect } from '../protocol/chat.ts'
import type { LimitAnswer } from './rate-limits.ts'

/** Header names in lower case. Gemini sends none: it names the wait in the body alone. */
export function limitHeaders(
  dialect: Dialect,
  { states, exceeded }: LimitAnswer,
  wallMs: number,
): Readonly<Record<string, string>> {
  if (dialect === 'gemini') return {}
  const headers: Record<string, string> = {}
  for (const { what, limit, remaining, wholeInMs } of states) {
    const [name, reset] =
      dialect !== 'anthropic'
        ? [(field: string) => `x-ratelimit-${field}-${what}`, durationText(wholeInMs)]
        : [(field: string) => `anthropic-ratelimit-${what}-${field}`, instantText(wallMs + wholeInMs)]
    headers[name('limit')] = String(limit)
    headers[name('remaining')] = String(remaining)
    headers[name('reset')] = reset
  }
  if (!exceeded) return headers
  headers['retry-after'] = String(Math.max(1, Math.ceil(exceeded.retryAfterMs / 1_000)))
  if (dialect !== 'anthropic') headers['retry-after-ms'] = String(Math.ceil(exceeded.retryAfterMs))
  return headers
}

/** As OpenAI writes a span of time: `120ms`, `1.5s`, `6m0s`. */
export function durationText(forMs: number): string {
  const ms = Math.ceil(forMs)
  if (ms < 1_000) return `${ms}ms`
  const minutes = Math.floor(ms / 60_000)
  return `${minutes > 0 ? `${minutes}m` : ''}${(ms % 60_000) / 1_000}s`
}

/** RFC 3339 in whole seconds, rounded up. */
function instantText(wallMs: number): string {
  return `${new Date(Math.ceil(wallMs / 1_000) * 1_000).toISOString().slice(0, 19)}Z`
}
