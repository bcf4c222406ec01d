/** OpenAI-style errors → faults: status, type and code first; words only together with them. */

import { isRecord, parseJson, truncate } from '../../../base/text.ts'
import type { WireFault } from '../../../protocol/adapter.ts'
import { type Fault, type FaultCode, makeFault } from '../../../protocol/fault.ts'
import { retryAfterMs } from '../retry-after.ts'
import { withoutSecrets } from '../without-secrets.ts'

export interface WireError {
  /** 0 for an error inside a stream or a success. */
  readonly status: number
  readonly type: string
  readonly code: string
  readonly message: string
  readonly param?: string
}

type Rule = readonly [code: FaultCode, holds: (error: WireError) => boolean]

const has = (words: RegExp) => (error: WireError) => words.test(error.code) || words.test(error.type)
const bad = (error: WireError) => [0, 400, 404, 422].includes(error.status)

/** The first rule that holds decides. */
const rules: readonly Rule[] = [
  [
    'upstream_quota',
    has(/^(insufficient_quota|billing_hard_limit_reached|enforced_spend_limit_reached|billing_not_active)$/),
  ],
  ['context_length_exceeded', has(/^context_length_exceeded$/)],
  [
    'context_length_exceeded',
    (error) =>
      error.status === 400 && /maximum context length|reduce the length of the messages/i.test(error.message),
  ],
  ['content_policy', has(/^(content_policy_violation|content_filter|responsible_ai_policy_violation)$/)],
  [
    'content_policy',
    (error) => error.status === 400 && /rejected as a result of our safety system/i.test(error.message),
  ],
  [
    'model_not_found',
    has(/^(model_not_found|model_not_available|model_decommissioned|model_not_active|unsupported_model)$/),
  ],
  [
    'model_not_found',
    (error) =>
      error.status === 403 &&
      /(model|country, region)/i.test(error.message) &&
      /not (supported|available|have access)/i.test(error.message),
  ],
  ['upstream_auth', ({ status }) => status === 401 || status === 403],
  [
    // xAI and Google's imitation answer a wrong key with 400.
    'upstream_auth',
    (error) => error.status === 400 && /^(Incorrect API key provided|API key not valid)/.test(error.message),
  ],
  ['upstream_quota', ({ status }) => status === 402],
  ['upstream_rate_limited', ({ status }) => status === 429],
  ['upstream_rate_limited', (error) => error.status === 0 && /rate_limit/.test(error.code + error.type)],
  ['model_not_found', ({ status }) => status === 404],
  ['upstream_request_too_large', ({ status }) => status === 413],
  ['upstream_response_timeout', ({ status }) => status === 408 || status === 504],
  ['upstream_overloaded', ({ status }) => status === 503 || status === 529],
  ['upstream_overloaded', (error) => error.status === 0 && /overloaded/.test(error.code + error.type)],
  ['upstream_error', ({ status }) => status === 409 || status === 425 || (status >= 500 && status <= 599)],
  ['upstream_redirect', ({ status }) => status >= 300 && status <= 399],
  [
    'upstream_error',
    (error) => error.status === 0 && /server_error|internal|api_error/.test(error.code + error.type),
  ],
  ['invalid_request', (error) => error.status === 400 || error.status === 422],
  ['invalid_request', (error) => bad(error) && /^invalid_request/.test(error.type)],
]

export function readFault(answer: WireFault): Fault {
  const error = readError(parseJson(answer.body), answer.status)
  return toFault(error, retryAfterMs(answer.headers))
}

/** Also for errors inside a stream, which have no status. */
export function toFault(error: WireError, waitMs?: number): Fault {
  const code = rules.find(([, holds]) => holds(error))?.[0] ?? 'upstream_unknown'
  const { status, type, message, param } = error
  const said = message === '' ? `status ${status}` : truncate(withoutSecrets(message), 500)
  return makeFault(code, said, {
    retryAfterMs: waitMs,
    ...(param && code === 'invalid_request' ? { param } : {}),
    cause: {
      ...(status ? { status } : {}),
      ...(type ? { type } : {}),
      ...(error.code ? { code: error.code } : {}),
    },
  })
}

export function readError(body: unknown, status: number): WireError {
  const first = Array.isArray(body) ? body[0] : body
  const outer = isRecord(first) ? first : {}
  const error = isRecord(outer['error']) ? outer['error'] : outer
  const text = (name: string) => {
    const value = error[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }
  const message = typeof outer['error'] === 'string' ? outer['error'] : text('message') || text('detail')
  const inner = status === 0 && /^\d{3}$/.test(text('code')) ? Number(text('code')) : status
  return { status: inner, type: text('type'), code: text('code'), message, param: text('param') }
}
