/** Writes a fault in Google's error envelope. */

import type { Fault } from '../../../protocol/fault.ts'

type Wire = Readonly<Record<string, unknown>>

/** Google's names for HTTP's statuses. */
const names: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  529: 'UNAVAILABLE',
}

/** The fault's own code is the reason in the details, for people and programs that look for it. */
export function writeFault(fault: Fault): Wire {
  const status = names[fault.status] ?? (fault.status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL')
  return { error: { code: fault.status, message: fault.message, status, details: writeDetails(fault) } }
}

/** In band: an event of its own, after which no finish reason follows. */
export function writeStreamFault(fault: Fault): string {
  return `data: ${JSON.stringify(writeFault(fault))}\n\n`
}

function writeDetails({ code, param, message, retryAfterMs }: Fault): readonly Wire[] {
  const detail = (type: string, fields: Wire): Wire => ({
    '@type': `type.googleapis.com/google.rpc.${type}`,
    ...fields,
  })
  return [
    detail('ErrorInfo', { reason: code.toUpperCase(), domain: 'adaptive-mind' }),
    ...(param === undefined
      ? []
      : [detail('BadRequest', { fieldViolations: [{ field: param, description: message }] })]),
    ...(retryAfterMs === undefined ? [] : [detail('RetryInfo', { retryDelay: `${retryAfterMs / 1_000}s` })]),
  ]
}
