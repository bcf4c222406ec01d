/** Time limits by profile: what a caller on the phone can wait for is not what a batch can. */

import type { Config } from '../../config/config.ts'
import type { Extension } from '../../protocol/extension.ts'

export interface RequestTimes {
  /** The whole request, all attempts, ms. */
  readonly totalMs: number
  /** The longest named wait for a preferred target, ms. */
  readonly patienceMs: number
}

/** One shared budget, not one per step. */
const phoneTotalMs = 2_000

/** `deadline_ms` and the profile shorten what is configured and never lengthen it. */
export function requestTimes(config: Config, { profile, deadline_ms: deadlineMs }: Extension): RequestTimes {
  const isPhone = profile === 'phone'
  const limits = [config.timeouts.totalMs, deadlineMs, isPhone ? phoneTotalMs : undefined]
  return {
    totalMs: Math.min(...limits.filter((limit) => limit !== undefined)),
    patienceMs: isPhone ? 0 : config.attempts.patienceMs,
  }
}
