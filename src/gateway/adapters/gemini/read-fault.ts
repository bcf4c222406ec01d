/** Google's errors → faults: status and reason first; words only together with them. */

import { isRecord, parseJson, truncate } from '../../../base/text.ts'
import type { WireFault } from '../../../protocol/adapter.ts'
import { type Fault, type FaultCode, makeFault } from '../../../protocol/fault.ts'
import { filled } from '../present.ts'
import { durationMs, retryAfterMs } from '../retry-after.ts'
import { withoutSecrets } from '../without-secrets.ts'

export interface WireError {
  /** HTTP's, or the one the body states; 0 where neither is known. */
  readonly status: number
  /** `RESOURCE_EXHAUSTED` and the like. */
  readonly name: string
  /** `API_KEY_INVALID` and the like, from the details. */
  readonly reason: string
  /** Names of the quotas that were used up. */
  readonly quotas: readonly string[]
  readonly message: string
  readonly field: string
  readonly retryDelayMs: number | undefined
}

type Rule = readonly [code: FaultCode, holds: (error: WireError) => boolean]

const has = (words: RegExp) => (error: WireError) => words.test(error.reason)
const is =
  (...statuses: readonly number[]) =>
  ({ status }: WireError) =>
    statuses.includes(status)

/** The first rule that holds decides. */
const rules: readonly Rule[] = [
  [
    'upstream_auth',
    has(/^(API_KEY_\w+|ACCESS_TOKEN_\w+|SERVICE_DISABLED|CREDENTIALS_MISSING|CONSUMER_\w+)$/),
  ],
  [
    'upstream_auth',
    (error) => error.status === 400 && /^API key (not valid|expired|not found)/i.test(error.message),
  ],
  ['upstream_quota', has(/^(BILLING_DISABLED|insufficient_quota)$/)],
  [
    'upstream_quota',
    (error) => error.status === 400 && error.name === 'FAILED_PRECONDITION' && /billing/i.test(error.message),
  ],
  [
    'model_not_found',
    (error) => is(400, 403)(error) && /^User location is not supported/i.test(error.message),
  ],
  [
    'context_length_exceeded',
    (error) =>
      error.status === 400 && /token count .*exceeds the maximum number of tokens/i.test(error.message),
  ],
  ['upstream_quota', (error) => error.status === 429 && error.quotas.some((quota) => /PerDay/i.test(quota))],
  [
    'upstream_quota',
    (error) => error.status === 429 && /prepayment credits|spend(ing)? cap/i.test(error.message),
  ],
  ['upstream_rate_limited', is(429)],
  ['upstream_quota', is(402)],
  ['upstream_auth', is(401, 403)],
  ['model_not_found', is(404)],
  ['upstream_request_too_large', is(413)],
  ['upstream_response_timeout', is(408, 504)],
  ['upstream_overloaded', is(503, 529)],
  ['upstream_error', ({ status }) => [409, 425, 499].includes(status) || (status >= 500 && status <= 599)],
  ['upstream_redirect', ({ status }) => status >= 300 && status <= 399],
  ['invalid_request', is(400, 422)],
]

export function readFault(answer: WireFault): Fault {
  return toFault(readError(parseJson(answer.body), answer.status), retryAfterMs(answer.headers))
}

/** Also for errors inside a stream, which state their status themselves. */
export function toFault(error: WireError, waitMs?: number): Fault {
  const code = rules.find(([, holds]) => holds(error))?.[0] ?? 'upstream_unknown'
  const { status, name, reason, message, field } = error
  const said = message === '' ? `status ${status}` : truncate(withoutSecrets(message), 500)
  // A day's quota comes with a delay of seconds, which frees nothing.
  const delayMs = code === 'upstream_quota' ? undefined : error.retryDelayMs
  return makeFault(code, said, {
    retryAfterMs: waitMs ?? delayMs,
    ...(field !== '' && code === 'invalid_request' ? { param: field } : {}),
    cause: {
      ...(status ? { status } : {}),
      ...(name ? { type: name } : {}),
      ...(reason ? { code: reason } : {}),
      ...(error.quotas.length > 0 ? { detail: truncate(error.quotas.join(', '), 200) } : {}),
    },
  })
}

/** HTTP's status for Google's names, for errors that come without one. */
const statuses: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNKNOWN: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
}

/** A stream's error may stand in a list. `httpStatus` is 0 for an error inside a stream or a success. */
export function readError(body: unknown, httpStatus: number): WireError {
  const first: unknown = Array.isArray(body) ? body[0] : body
  const outer = isRecord(first) ? first : {}
  const error = isRecord(outer['error']) ? outer['error'] : outer
  const name = filled(error['status']) ?? ''
  const { code } = error
  const stated = typeof code === 'number' ? code : (statuses[name] ?? 0)
  const details: unknown[] = Array.isArray(error['details']) ? error['details'] : []
  return {
    status: httpStatus || stated,
    name,
    ...readDetails(details.filter(isRecord)),
    ...(typeof code === 'string' && code !== '' ? { reason: code } : {}),
    message: filled(error['message']) ?? filled(outer['error']) ?? '',
  }
}

type Detail = Readonly<Record<string, unknown>>

function readDetails(
  details: readonly Detail[],
): Pick<WireError, 'reason' | 'quotas' | 'field' | 'retryDelayMs'> {
  const listed = (name: string) =>
    details.flatMap((detail) => (Array.isArray(detail[name]) ? detail[name].filter(isRecord) : []))
  const texts = (from: readonly Detail[], name: string) => from.flatMap((one) => filled(one[name]) ?? [])
  const delayMs = durationMs(texts(details, 'retryDelay')[0])
  return {
    reason: texts(details, 'reason')[0] ?? '',
    quotas: texts(listed('violations'), 'quotaId'),
    field: texts(listed('fieldViolations'), 'field')[0] ?? '',
    retryDelayMs: delayMs === undefined ? undefined : Math.min(24 * 3_600_000, Math.ceil(delayMs)),
  }
}
