/** Reads how long a provider asks to wait, in the forms providers use. */

type Headers = Readonly<Record<string, string>>

const mostMs = 24 * 3_600_000

/** Ms, clamped to a day; undefined where nothing usable is said. An HTTP date counts from the answer's own `date`. */
export function retryAfterMs(headers: Headers): number | undefined {
  const wait = plainMs(headers['retry-after-ms']) ?? retryAfter(headers) ?? resetMs(headers)
  return wait === undefined || !Number.isFinite(wait) || wait < 0
    ? undefined
    : Math.min(mostMs, Math.ceil(wait))
}

function plainMs(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}

function retryAfter(headers: Headers): number | undefined {
  const text = headers['retry-after']
  if (text === undefined) return undefined
  const seconds = plainMs(text)
  if (seconds !== undefined) return seconds * 1_000
  const atMs = Date.parse(text)
  const nowMs = Date.parse(headers['date'] ?? '')
  return Number.isNaN(atMs) || Number.isNaN(nowMs) ? undefined : atMs - nowMs
}

/** OpenAI's reset headers say when a window is whole again; they count only where it is used up. */
function resetMs(headers: Headers): number | undefined {
  const waits = ['requests', 'tokens'].flatMap((what) => {
    const wait = durationMs(headers[`x-ratelimit-reset-${what}`])
    return headers[`x-ratelimit-remaining-${what}`] === '0' && wait !== undefined ? [wait] : []
  })
  return waits.length > 0 ? Math.max(...waits) : undefined
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `1s`, `6m0s`, `120ms`, `1h2m`. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+(\.\d+)?(ms|s|m|h)){1,4}$/.test(text)) return undefined
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    sum += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return sum
}
