/** Time limits of a request: general ones, the route's above them, the profile's above both. */

import type { Config, Timeouts } from '../../config/config.ts'
import type { Extension } from '../../protocol/extension.ts'

export interface RequestTimes {
  /** `totalMs` is for the whole request, all attempts: one shared budget, not one per step. */
  readonly timeouts: Timeouts
  /** The longest named wait for a preferred target, ms. */
  readonly patienceMs: number
}

/** `deadline_ms` shortens what is configured and never lengthens it. `route` is what the caller put in `model`. */
export function requestTimes(
  config: Config,
  route: string,
  { profile, deadline_ms: deadlineMs }: Extension,
): RequestTimes {
  const ofRoute = config.routes.get(route)?.timeouts
  const ofProfile = profile && config.profiles[profile]
  const timeouts = ofRoute || ofProfile ? { ...config.timeouts, ...ofRoute, ...ofProfile } : config.timeouts
  return {
    timeouts:
      deadlineMs === undefined || deadlineMs >= timeouts.totalMs
        ? timeouts
        : { ...timeouts, totalMs: deadlineMs },
    patienceMs: ofProfile?.patienceMs ?? config.attempts.patienceMs,
  }
}
