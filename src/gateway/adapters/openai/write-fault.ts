/** Writes a fault in OpenAI's error envelope. */

import type { Fault, FaultCode } from '../../../protocol/fault.ts'

/** OpenAI's own names, where it has one for the thing. */
const codes: Readonly<Partial<Record<FaultCode, string>>> = {
  unknown_model: 'model_not_found',
  unauthorized: 'invalid_api_key',
  content_policy: 'content_filter',
  upstream_rate_limited: 'rate_limit_exceeded',
  upstream_quota: 'insufficient_quota',
  rate_limited: 'rate_limit_exceeded',
  budget_exceeded: 'insufficient_quota',
}

export function writeFault(fault: Fault): Readonly<Record<string, unknown>> {
  const code = codes[fault.code] ?? fault.code
  return { error: { message: fault.message, type: typeOf(fault), code, param: fault.param ?? null } }
}

/** In band: an event of its own, after which no `[DONE]` follows. */
export function writeStreamFault(fault: Fault): string {
  return `data: ${JSON.stringify(writeFault(fault))}\n\n`
}

function typeOf(fault: Fault): string {
  if (fault.class === 'quota') return 'insufficient_quota'
  if (fault.status === 429) return 'rate_limit_error'
  const isCallers = ['invalid_request', 'model', 'context_length', 'content_policy', 'cancelled'].includes(
    fault.class,
  )
  return isCallers ? 'invalid_request_error' : 'api_error'
}
