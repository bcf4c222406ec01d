/** What is checked of every request before its path is looked at. */

import type { IncomingMessage } from 'node:http'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { checkCaller, isLoopback } from './guard.ts'
import type { ServerParts } from './server-parts.ts'

/** Names the hops a request has passed, so that a gateway that points at itself is noticed. */
const hopHeader = 'x-adaptive-hop'

/** Undefined where the request may go on. */
export function admission(
  parts: ServerParts,
  { headers, method }: Pick<IncomingMessage, 'headers' | 'method'>,
): Fault | undefined {
  if (headers[hopHeader] !== undefined) return makeFault('loop_detected', 'the request comes from a gateway')
  const { host } = parts.config().server
  if (isLoopback(host)) {
    const fault = checkCaller({ host: headers.host, origin: headers.origin }, { host })
    if (fault) return fault
  }
  if (parts.isDraining() && method === 'POST') return makeFault('shutting_down', 'the gateway is ending')
  return undefined
}
