/** Anthropic's errors → faults: type and status first; words only together with them. */

import { isRecord, parseJson, truncate } from '../../../base/text.ts'
import type { WireFault } from '../../../protocol/adapter.ts'
import { type Fault, type FaultCode, makeFault } from '../../../protocol/fault.ts'
import { filled } from '../present.ts'
import { retryAfterMs } from '../retry-after.ts'
import { withoutSecrets } from '../without-secrets.ts'

export interface WireError {
  /** 0 for an error inside a stream or a success. */
  readonly status: number
  readonly type: string
  readonly message: string
}

type Rule = readonly [code: FaultCode, holds: (error: WireError) => boolean]

const is = (status: number, type: string) => (error: WireError) =>
  error.type === type || (error.type === '' && error.status === status)
const says = (words: RegExp) => (error: WireError) =>
  (error.type === 'invalid_request_error' || error.status === 400) && words.test(error.message)

/** The first rule that holds decides. */
const rules: readonly Rule[] = [
  ['upstream_quota', is(402, 'billing_error')],
  ['upstream_quota', says(/credit balance is too low|usage limits/i)],
  ['context_length_exceeded', says(/prompt is too long|exceed(s|ed)? (the )?context (limit|window)/i)],
  ['content_policy', says(/content filtering policy/i)],
  ['upstream_request_too_large', is(413, 'request_too_large')],
  ['upstream_auth', is(401, 'authentication_error')],
  ['upstream_auth', is(403, 'permission_error')],
  ['model_not_found', is(404, 'not_found_error')],
  ['upstream_rate_limited', is(429, 'rate_limit_error')],
  ['upstream_response_timeout', is(504, 'timeout_error')],
  ['upstream_overloaded', is(529, 'overloaded_error')],
  ['upstream_error', is(500, 'api_error')],
  ['invalid_request', is(400, 'invalid_request_error')],
  ['upstream_auth', ({ status }) => status === 401 || status === 403],
  ['upstream_rate_limited', ({ status }) => status === 429],
  ['model_not_found', ({ status }) => status === 404],
  ['upstream_request_too_large', ({ status }) => status === 413],
  ['upstream_overloaded', ({ status }) => status === 503 || status === 529],
  ['upstream_response_timeout', ({ status }) => status === 408 || status === 504],
  ['upstream_error', ({ status }) => status >= 500 && status <= 599],
  ['upstream_redirect', ({ status }) => status >= 300 && status <= 399],
  ['invalid_request', ({ status }) => status === 400 || status === 422],
]

export function readFault(answer: WireFault): Fault {
  return toFault(readError(parseJson(answer.body), answer.status), waitMs(answer.headers))
}

/** Also for errors inside a stream, which have no status. */
export function toFault(error: WireError, retryAfter?: number): Fault {
  const code = rules.find(([, holds]) => holds(error))?.[0] ?? 'upstream_unknown'
  const { status, type, message } = error
  const said = message === '' ? `status ${status}` : truncate(withoutSecrets(message), 500)
  return makeFault(code, said, {
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    cause: { ...(status ? { status } : {}), ...(type ? { type } : {}) },
  })
}

export function readError(body: unknown, status: number): WireError {
  const outer = isRecord(body) ? body : {}
  const error = isRecord(outer['error']) ? outer['error'] : outer
  const type = filled(error['type']) ?? ''
  return { status, type: type === 'error' ? '' : type, message: filled(error['message']) ?? '' }
}

/** `retry-after`; else the latest reset among the limits that are used up. */
function waitMs(headers: Readonly<Record<string, string>>): number | undefined {
  const named = retryAfterMs(headers)
  if (named !== undefined) return named
  const nowMs = Date.parse(headers['date'] ?? '')
  const waits = ['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((what) => {
    const atMs = Date.parse(headers[`anthropic-ratelimit-${what}-reset`] ?? '')
    const isUsedUp = headers[`anthropic-ratelimit-${what}-remaining`] === '0'
    return isUsedUp && atMs > nowMs ? [atMs - nowMs] : []
  })
  return waits.length > 0 ? Math.max(...waits) : undefined
}
