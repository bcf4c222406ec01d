/** A request's way through the limits on the paths that the framework does not guard. */

import type { Caller } from '../../protocol/access.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { Arrival } from '../access/let-in.ts'
import { pathOf } from '../direct-paths.ts'
import type { ServerParts } from '../server-parts.ts'
import { rateLimitHeaders } from './rate-limit-headers.ts'

export interface Passing {
  readonly holder: string
  readonly caller: Caller
  readonly endpoint: 'chat' | 'embeddings'
}

/** Undefined where nothing holds the request; else a fault or leave. Its slot is free again when the answer is out. */
export function pass(
  { serving, clock }: ServerParts,
  { request, response, inbound }: Arrival,
  { holder, caller, endpoint }: Passing,
): Promise<Fault | undefined> | undefined {
  if (serving === undefined) return undefined
  const address = serving.addressOf(request)
  const path = pathOf(request.url ?? '')
  const entering = serving.rates.enter({ holder, caller, address, endpoint, path })
  if (entering === undefined) return undefined
  return Promise.resolve(entering).then((entered) => {
    const { standings } = entered.ok ? entered.value : entered.fault
    for (const [name, value] of Object.entries(rateLimitHeaders(inbound.dialect, standings, clock.wallMs())))
      response.setHeader(name, value)
    if (!entered.ok) return entered.fault.fault
    if (response.closed) entered.value.leave()
    else response.once('close', entered.value.leave)
    return undefined
  })
}
