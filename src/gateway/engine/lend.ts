/** Leave for one call of a request: how long it may take at its target, and the lease that goes with it. */

import type { Timeouts } from '../../config/config.ts'
import type { Target } from '../../protocol/plan.ts'
import type { Lease } from './health-book.ts'
import type { Session } from './session.ts'

/** Undefined where a circuit opened a moment ago. */
export function lendTo(session: Session, target: Target, key: string): Lease | undefined {
  const { firstTokenMs, responseMs } = timeoutsFor(session, target)
  const leaseMs = session.asked.request.stream ? firstTokenMs : responseMs
  return session.health.lend(target, key, { leaseMs, isEnforced: session.asking.isEnforced })
}

/** First token: one second more for each 10,000 input tokens (four characters each); reasoning models think longer. */
export function timeoutsFor(session: Session, target: Target): Timeouts {
  const { timeouts, ownLimits } = session
  const { reasoning } = session.factsOf(target)
  let characters = 0
  for (const { content } of session.request().messages)
    for (const part of content) if (part.kind === 'text') characters += part.text.length
  const moreMs = Math.floor(characters / 40_000) * 1_000
  if (moreMs === 0 && !reasoning) return timeouts
  const firstTokenMs = timeouts.firstTokenMs + moreMs
  if (!reasoning) return { ...timeouts, firstTokenMs }
  // Limits that a route or a profile names are meant as they stand.
  return {
    ...timeouts,
    firstTokenMs: ownLimits.firstTokenMs === undefined ? firstTokenMs * 12 : firstTokenMs,
    responseMs: ownLimits.responseMs === undefined ? timeouts.responseMs * 10 : timeouts.responseMs,
  }
}
