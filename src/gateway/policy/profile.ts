/** Time limits of a request: general ones, the route's above them, the profile's above both. */

import type { Config, Timeouts } from '../../config/config.ts'
import type { Extension } from '../../protocol/extension.ts'

export interface RequestTimes {
  /** `totalMs` is for the whole request, all attempts: one shared budget, not one per step. */
  readonly timeouts: Timeouts
  /** Limits that the route or the profile names itself. */
  readonly ownLimits: Partial<Timeouts>
  /** The longest named wait for a preferred target, ms. */
  readonly patienceMs: number
}

const none: Partial<Timeouts> = Object.freeze({})

/** `deadline_ms` shortens what is configured and never lengthens it. `route` is what the caller put in `model`. */
export function requestTimes(
  config: Config,
  route: string,
  { profile, deadline_ms: deadlineMs }: Extension,
): RequestTimes {
  const ofRoute = config.routes.get(route)?.timeouts
  const ofProfile = profile && config.profiles[profile]
  const ownLimits: Partial<Timeouts> = ofRoute || ofProfile ? { ...ofRoute, ...ofProfile } : none
  const timeouts = ownLimits === none ? config.timeouts : { ...config.timeouts, ...ownLimits }
  return {
    timeouts:
      deadlineMs === undefined || deadlineMs >= timeouts.totalMs
        ? timeouts
        : { ...timeouts, totalMs: deadlineMs },
    ownLimits,
    patienceMs: ofProfile?.patienceMs ?? config.attempts.patienceMs,
  }
}
