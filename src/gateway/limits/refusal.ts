/** What a caller is told who is held to a limit. */

import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Claim } from './claim.ts'
import type { Refusal } from './limits.ts'
import { usdText } from './micro-usd.ts'

/** Names the limit, whose it is, and the wait. */
export function limitFault({ standing, retryAfterMs, isSetAside }: Refusal, claim: Claim | undefined): Fault {
  const { what, limit } = standing
  const whose = ownerOf(claim)
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }
  if (what === 'budget' && !isSetAside)
    return makeFault('budget_exceeded', `the budget of ${usdText(limit)} USD ${whose} is spent`, wait)
  if (what === 'budget')
    return makeFault(
      'rate_limited',
      `what is left of the budget ${whose} is set aside by running requests`,
      wait,
    )
  if (what === 'concurrency')
    return makeFault('rate_limited', `${limit} requests ${whose} are running, which is the limit`, wait)
  const again =
    retryAfterMs === undefined ? '' : `; the next is taken in ${Math.ceil(retryAfterMs / 1_000)} s`
  return makeFault('rate_limited', `the limit of ${limit} ${what} a minute ${whose} is reached${again}`, wait)
}

/** From `requests:key:vk_1` and the like; an address is not said back. */
function ownerOf(claim: Claim | undefined): string {
  const [, kind, name = ''] = /:(key|tenant|address|endpoint):?([^:]*)/.exec(claim?.name ?? '') ?? []
  if (kind === 'key') return `of the key ${name}`
  if (kind === 'tenant') return `of the tenant ${name}`
  return 'for this endpoint'
}
