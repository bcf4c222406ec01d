/** Writes a fault in Anthropic's error envelope. */

import type { Fault } from '../../../protocol/fault.ts'

const types: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** Anthropic's clients read from it that they have to go on without a thread. */
const noThreads = { error_code: 'thread_unsupported_request', unsupported: null }

/** `code` is ours and stands beside what the dialect knows. */
export function writeFault(fault: Fault): Readonly<Record<string, unknown>> {
  const type = types[fault.status] ?? (fault.status < 500 ? 'invalid_request_error' : 'api_error')
  const details = fault.param === 'thread' ? { details: noThreads } : {}
  return { type: 'error', error: { type, message: fault.message, code: fault.code, ...details } }
}

export function writeStreamFault(fault: Fault): string {
  return `event: error\ndata: ${JSON.stringify(writeFault(fault))}\n\n`
}
