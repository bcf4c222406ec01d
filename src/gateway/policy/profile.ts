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

export interface TimedRequest {
  /** What the caller put in `model`. */
  readonly route: string
  readonly extension: Extension
  /** A target of its plan thinks before it answers. */
  readonly reasons: boolean
}

/** Thinking takes its time: the general total is so many times as long for a plan with a model that does. */
const reasoningTotals = 5

/** `deadline_ms` shortens what is configured and never lengthens it. */
export function requestTimes(config: Config, { route, extension, reasons }: TimedRequest): RequestTimes {
  const { profile, deadline_ms: deadlineMs } = extension
  const ofRoute = config.routes.get(route)?.timeouts
  const ofProfile = profile && config.profiles[profile]
  const ownLimits: Partial<Timeouts> = ofRoute || ofProfile ? { ...ofRoute, ...ofProfile } : none
  const isLonger = reasons && ownLimits.totalMs === undefined
  const general = isLonger
    ? { ...config.timeouts, totalMs: config.timeouts.totalMs * reasoningTotals }
    : config.timeouts
  const timeouts = ownLimits === none ? general : { ...general, ...ownLimits }
  return {
    timeouts:
      deadlineMs === undefined || deadlineMs >= timeouts.totalMs
        ? timeouts
        : { ...timeouts, totalMs: deadlineMs },
    ownLimits,
    patienceMs: ofProfile?.patienceMs ?? config.attempts.patienceMs,
  }
}
