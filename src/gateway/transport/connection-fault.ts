/** Maps what the network says onto the list of faults. */

import { type Fault, makeFault } from '../../protocol/fault.ts'
import { egressCode } from './egress/guarded-connect.ts'

const words: readonly [codes: readonly string[], says: string][] = [
  [['ENOTFOUND', 'EAI_AGAIN', 'ENODATA'], 'the host name could not be resolved'],
  [['ECONNREFUSED'], 'the connection was refused'],
  [['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'], 'the connection was reset'],
  [
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'CERT_HAS_EXPIRED',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    'the TLS certificate is not valid',
  ],
]

/** `error` is whatever the socket threw; the message names the code and never the address with its query. */
export function toConnectionFault(error: unknown): Fault {
  const code = errorCode(error)
  if (code === egressCode)
    return makeFault('egress_refused', error instanceof Error ? error.message : 'it is not called')
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return makeFault('upstream_connect_timeout', 'no connection within the limit', { cause: { code } })
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HTTPParserError' || code.startsWith('HPE_'))
    return makeFault('upstream_malformed', 'the answer is not valid HTTP', { cause: { code } })
  const says = words.find(([codes]) => codes.includes(code))?.[1] ?? 'the connection failed'
  return makeFault('upstream_unreachable', says, { cause: { code } })
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.cause === undefined ? error.name : errorCode(error.cause)
}
