/** Limits of a request: general ones, those of the profile it falls under, the route's above them, and above all the profile it names. */

import type { AttemptLimits, Config, ProfileLimits, Timeouts } from '../../config/config.ts'
import type { Extension } from '../../protocol/extension.ts'

export interface RequestTimes {
  /** `totalMs` is for the whole request, all attempts: one shared budget, not one per step. */
  readonly timeouts: Timeouts
  /** Limits that the route or a profile names itself. */
  readonly ownLimits: Partial<Timeouts>
  readonly attempts: AttemptLimits
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

/** `deadline_ms` shortens what is configured, the end of a stream included, and never lengthens it. */
export function requestTimes(config: Config, { route, extension, reasons }: TimedRequest): RequestTimes {
  const own = ownOf(config, route, extension)
  const isLonger = reasons && own.limits.totalMs === undefined
  const general = isLonger
    ? { ...config.timeouts, totalMs: config.timeouts.totalMs * reasoningTotals }
    : config.timeouts
  const timeouts = own.limits === none ? general : { ...general, ...own.limits }
  return {
    timeouts: within(timeouts, extension.deadline_ms),
    ownLimits: own.limits,
    attempts: own.attempts === undefined ? config.attempts : { ...config.attempts, ...own.attempts },
  }
}

interface Own {
  readonly limits: Partial<Timeouts>
  readonly attempts?: ProfileLimits['attempts']
}

function ownOf(config: Config, route: string, { profile: named }: Extension): Own {
  const ofRoute = config.routes.get(route)
  const name = named ?? ofRoute?.profile ?? config.profile
  if (name === undefined) return { limits: ofRoute?.timeouts ?? none }
  const { attempts, ...limits } = config.profiles[name]
  // What a request asks for by name stands above its route, what it merely falls under does not.
  if (named === undefined) return { limits: { ...limits, ...ofRoute?.timeouts }, attempts }
  return { limits: { ...ofRoute?.timeouts, ...limits }, attempts }
}

function within(timeouts: Timeouts, deadlineMs: number | undefined): Timeouts {
  const { totalMs, streamMs } = timeouts
  if (deadlineMs === undefined) return timeouts
  const stream = streamMs === undefined ? {} : { streamMs: Math.min(streamMs, deadlineMs) }
  return { ...timeouts, totalMs: Math.min(totalMs, deadlineMs), ...stream }
}
