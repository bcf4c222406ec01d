/** How limits stand, in the headers in which the API of the path tells it. */

import type { Standing } from '../../gateway/limits/claim.ts'
import type { Dialect } from '../../protocol/chat.ts'

/** Of several limits on one thing the one with the least left is told. Slots and budgets have no header. */
export function rateLimitHeaders(
  dialect: Dialect,
  standings: readonly Standing[],
  wallMs: number,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const what of ['requests', 'tokens'] as const) {
    const tightest = standings
      .filter((standing) => standing.what === what)
      .reduce<Standing | undefined>(
        (least, one) => (least === undefined || one.remaining < least.remaining ? one : least),
        undefined,
      )
    if (tightest === undefined) continue
    const { limit, remaining, resetMs } = tightest
    const isAnthropic = dialect === 'anthropic'
    const name = (field: string) =>
      isAnthropic ? `anthropic-ratelimit-${what}-${field}` : `x-ratelimit-${field}-${what}`
    headers[name('limit')] = String(limit)
    headers[name('remaining')] = String(remaining)
    headers[name('reset')] = isAnthropic ? instantText(wallMs + resetMs) : spanText(resetMs)
  }
  return headers
}

/** As OpenAI writes a span of time: `120ms`, `1.5s`, `6m0s`. */
export function spanText(forMs: number): string {
  const ms = Math.ceil(forMs)
  if (ms < 1_000) return `${ms}ms`
  const minutes = Math.floor(ms / 60_000)
  return `${minutes > 0 ? `${minutes}m` : ''}${(ms % 60_000) / 1_000}s`
}

/** RFC 3339 in whole seconds, rounded up. */
function instantText(wallMs: number): string {
  return `${new Date(Math.ceil(wallMs / 1_000) * 1_000).toISOString().slice(0, 19)}Z`
}
