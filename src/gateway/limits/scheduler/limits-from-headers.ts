/** What a provider's headers say that a minute of the key holds. */

import { durationMs } from '../../adapters/retry-after.ts'
import type { MinuteLimits } from './load.ts'

type Headers = Readonly<Record<string, string>>

/** OpenAI's names, with those who imitate them, and Anthropic's; Gemini tells none. */
const names: readonly (readonly [axis: keyof MinuteLimits, limit: string, reset?: string])[] = [
  ['requests', 'x-ratelimit-limit-requests', 'x-ratelimit-reset-requests'],
  ['tokens', 'x-ratelimit-limit-tokens', 'x-ratelimit-reset-tokens'],
  ['requests', 'anthropic-ratelimit-requests-limit'],
  ['tokens', 'anthropic-ratelimit-tokens-limit'],
  ['inputTokens', 'anthropic-ratelimit-input-tokens-limit'],
  ['outputTokens', 'anthropic-ratelimit-output-tokens-limit'],
]

/** What takes longer to be whole again is the limit of a day; a second more is for rounding. */
const longestResetMs = 61_000

/** Names in small letters. Undefined where nothing of a minute is told. */
export function limitsFromHeaders(headers: Headers): MinuteLimits | undefined {
  const found: { -readonly [Axis in keyof MinuteLimits]?: number } = {}
  for (const [axis, limitName, resetName] of names) {
    const limit = wholeNumber(headers[limitName])
    const resetMs = resetName === undefined ? undefined : durationMs(headers[resetName])
    if (limit !== undefined && (resetMs ?? 0) <= longestResetMs) found[axis] = limit
  }
  return Object.keys(found).length > 0 ? found : undefined
}

function wholeNumber(text: string | undefined): number | undefined {
  const value = text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : 0
  return value > 0 ? value : undefined
}
