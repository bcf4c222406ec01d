/** Circuit breaker as a value: the caller keeps it and brings the time. No timers, no I/O. */

export interface BreakerOptions {
  /** Failures in a row that open the circuit; at least 1. */
  readonly tripAfter: number
  /** How long an open circuit refuses calls, in ms; a probe left unanswered is lent again after as long. */
  readonly openForMs: number
}

/** `epoch` grows at every transition, so a late reply can be matched to the state that let its call out. */
export type Breaker =
  | { readonly kind: 'closed'; readonly epoch: number; readonly failuresInARow: number }
  | { readonly kind: 'open'; readonly epoch: number; readonly untilMs: number }
  | { readonly kind: 'probing'; readonly epoch: number; readonly untilMs: number }

export type Admission =
  | { readonly admitted: true; readonly epoch: number }
  | { readonly admitted: false; readonly retryAfterMs: number }

export type CallResult = 'success' | 'failure' | 'neutral'

export const closedBreaker: Breaker = { kind: 'closed', epoch: 0, failuresInARow: 0 }

/** Whether a call would be let out now, without lending anything. */
export function wouldAdmit(breaker: Breaker, nowMs: number): Admission {
  if (breaker.kind === 'closed' || nowMs >= breaker.untilMs) return { admitted: true, epoch: breaker.epoch }
  return { admitted: false, retryAfterMs: breaker.untilMs - nowMs }
}

/** Asks leave for one call. Once the wait is over, exactly one caller is lent the probe. */
export function admit(breaker: Breaker, options: BreakerOptions, nowMs: number): [Breaker, Admission] {
  const { epoch } = breaker
  if (breaker.kind === 'closed') return [breaker, { admitted: true, epoch }]
  if (nowMs < breaker.untilMs) return [breaker, { admitted: false, retryAfterMs: breaker.untilMs - nowMs }]
  const probing: Breaker = { kind: 'probing', epoch: epoch + 1, untilMs: nowMs + options.openForMs }
  return [probing, { admitted: true, epoch: probing.epoch }]
}

/** Opens a circuit for a reason other than its own calls. An open one stays as it is. */
export function trip(breaker: Breaker, options: BreakerOptions, nowMs: number): Breaker {
  if (breaker.kind === 'open' && breaker.untilMs > nowMs) return breaker
  return { kind: 'open', epoch: breaker.epoch + 1, untilMs: nowMs + options.openForMs }
}

/** Books the result of a call let out at `epoch`; a result of another epoch changes nothing. */
export function book(
  breaker: Breaker,
  options: BreakerOptions,
  reply: { readonly epoch: number; readonly result: CallResult },
  nowMs: number,
): Breaker {
  if (reply.epoch !== breaker.epoch || breaker.kind === 'open') return breaker
  if (breaker.kind !== 'closed') return settleProbe(breaker, options, reply.result, nowMs)
  if (reply.result === 'neutral') return breaker
  if (reply.result === 'success')
    return breaker.failuresInARow === 0 ? breaker : { ...breaker, failuresInARow: 0 }
  const failuresInARow = breaker.failuresInARow + 1
  if (failuresInARow < options.tripAfter) return { ...breaker, failuresInARow }
  return { kind: 'open', epoch: breaker.epoch + 1, untilMs: nowMs + options.openForMs }
}

function settleProbe(breaker: Breaker, options: BreakerOptions, result: CallResult, nowMs: number): Breaker {
  const epoch = breaker.epoch + 1
  if (result === 'success') return { kind: 'closed', epoch, failuresInARow: 0 }
  // A probe that proved nothing gives its place back at once: the next caller is lent it.
  const untilMs = result === 'neutral' ? nowMs : nowMs + options.openForMs
  return { kind: 'open', epoch, untilMs }
}
