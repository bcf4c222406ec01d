/** When the gateway itself has too much to do: decided from what was measured last. */

import type { SheddingConfig } from '../../config/config.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'

export interface Load {
  /** How late the newest timer fired, ms. */
  readonly lagMs: number
  /** For how long each timer has been later than the limit, ms. */
  readonly behindForMs: number
  /** Of the heap's limit, 0 to 1. */
  readonly heapShare: number
  /** Requests running now. */
  readonly inFlight: number
}

const tryAgainMs = 1_000

/** Undefined where one more request can be taken. */
export function shed(load: Load, limits: SheddingConfig): Fault | undefined {
  const reason = reasonTo(load, limits)
  return reason === undefined
    ? undefined
    : makeFault('gateway_overloaded', reason, { retryAfterMs: tryAgainMs })
}

function reasonTo(load: Load, limits: SheddingConfig): string | undefined {
  if (load.inFlight >= limits.inFlight) return `${limits.inFlight} requests are running`
  if (load.behindForMs >= limits.lagForMs) return `the gateway is ${Math.round(load.lagMs)} ms behind`
  if (load.heapShare > limits.heapShare) return 'the memory of the gateway is nearly used up'
  return undefined
}
