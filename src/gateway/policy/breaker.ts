/** Circuit breaker as a value: the caller keeps it and brings time and chance. No timers, no I/O. */

import { count, type RollingCounts, totals } from './rolling-counts.ts'

export interface BreakerOptions {
  /** Failures in a row that open the circuit; at least 1. */
  readonly tripAfter: number
  /** Calls of the last half to whole of so many ms are counted. */
  readonly windowMs: number
  /** Share of failed calls in the window that opens the circuit, above 0 and at most 1. */
  readonly failedShare: number
  /** Calls in the window below which the share opens nothing. */
  readonly minCalls: number
  /** How long an open circuit refuses calls, in ms. */
  readonly openForMs: number
  /** Share by which that time is spread, 0 to 1. */
  readonly jitter: number
  /** Age of an outage from which each further opening is twice as long, up to `openCapMs`. */
  readonly growAfterMs: number
  readonly openCapMs: number
  /** Calls lent after the wait that must succeed before the circuit closes; at least 1. */
  readonly probes: number
  /** Probes left unanswered so long are lent again, ms. */
  readonly probeLeaseMs: number
}

/** Openings that follow on one another without a stable time between. */
export interface Outage {
  readonly sinceMs: number
  /** How often the time of an opening was doubled; 0 where absent. */
  readonly doublings?: number
  /** Of the last opening, before it was spread. */
  readonly openForMs: number
  /** When the circuit closed again, ms; absent while it has not. */
  readonly closedAtMs?: number
}

/** `epoch` grows at every transition, so a late reply can be matched to the state that let its call out. */
export type Breaker =
  | {
      readonly kind: 'closed'
      readonly epoch: number
      readonly failuresInARow: number
      /** Absent while nothing in the window failed. */
      readonly window?: RollingCounts
      readonly outage?: Outage
    }
  | { readonly kind: 'open'; readonly epoch: number; readonly untilMs: number; readonly outage?: Outage }
  | {
      readonly kind: 'probing'
      readonly epoch: number
      /** End of the lease of the probes that are out. */
      readonly untilMs: number
      /** Probes that may still be lent; 0 where absent. */
      readonly toLend?: number
      /** Successes still wanted; 1 where absent. */
      readonly toSucceed?: number
      readonly outage?: Outage
    }

export type Admission =
  | { readonly admitted: true; readonly epoch: number }
  | { readonly admitted: false; readonly retryAfterMs: number }

export type CallResult = 'success' | 'failure' | 'neutral'

export const closedBreaker: Breaker = { kind: 'closed', epoch: 0, failuresInARow: 0 }

/** Whether a call would be let out now, without lending anything. */
export function wouldAdmit(breaker: Breaker, nowMs: number): Admission {
  const { kind, epoch } = breaker
  if (kind === 'closed' || nowMs >= breaker.untilMs) return { admitted: true, epoch }
  if (kind === 'probing' && (breaker.toLend ?? 0) > 0) return { admitted: true, epoch }
  // A probe is out and mostly answers long before its lease ends: the usual wait is the honest one to name.
  const mostMs = kind === 'probing' ? (breaker.outage?.openForMs ?? breaker.untilMs) : breaker.untilMs
  return { admitted: false, retryAfterMs: Math.min(mostMs, breaker.untilMs - nowMs) }
}

/** Asks leave for one call. Once the wait is over, exactly `probes` callers are lent one each, for `leaseMs`. */
export function admit(
  breaker: Breaker,
  options: BreakerOptions,
  nowMs: number,
  leaseMs: number = options.probeLeaseMs,
): [Breaker, Admission] {
  const { epoch } = breaker
  if (breaker.kind === 'closed') return [breaker, { admitted: true, epoch }]
  if (nowMs >= breaker.untilMs) {
    // What succeeded stays so, or few callers could never close a circuit that wants many probes.
    const wanted = (breaker.kind === 'probing' && breaker.toSucceed) || options.probes
    const toSucceed = Math.min(wanted, options.probes)
    const probing: Breaker = {
      kind: 'probing',
      epoch: epoch + 1,
      untilMs: nowMs + leaseMs,
      toLend: toSucceed - 1,
      toSucceed,
      ...(breaker.outage ? { outage: breaker.outage } : {}),
    }
    return [probing, { admitted: true, epoch: probing.epoch }]
  }
  const leave = wouldAdmit(breaker, nowMs)
  if (!leave.admitted || breaker.kind === 'open') return [breaker, leave]
  const untilMs = Math.max(breaker.untilMs, nowMs + leaseMs)
  return [{ ...breaker, toLend: (breaker.toLend ?? 0) - 1, untilMs }, leave]
}

/** Opens a circuit for a reason other than its own calls. An open one stays as it is. `chance` is in [0, 1). */
export function trip(breaker: Breaker, options: BreakerOptions, nowMs: number, chance = 0.5): Breaker {
  if (breaker.kind === 'open' && breaker.untilMs > nowMs) return breaker
  return open(breaker, options, nowMs, chance)
}

/** Closes a circuit for a reason other than its own calls; replies still under way change nothing. */
export function close(breaker: Breaker): Breaker {
  return { kind: 'closed', epoch: breaker.epoch + 1, failuresInARow: 0 }
}

/** Books the result of a call let out at `epoch`; a result of another epoch changes nothing. `chance` spreads an opening. */
export function book(
  breaker: Breaker,
  options: BreakerOptions,
  reply: { readonly epoch: number; readonly result: CallResult; readonly chance?: number },
  nowMs: number,
): Breaker {
  const { epoch, result, chance = 0.5 } = reply
  if (epoch !== breaker.epoch || breaker.kind === 'open') return breaker
  if (breaker.kind === 'probing') return settleProbe(breaker, options, { result, chance }, nowMs)
  if (result === 'neutral') return breaker
  const isBad = result === 'failure'
  if (!isBad && breaker.failuresInARow === 0 && breaker.window === undefined) return breaker
  const window = count(breaker.window, isBad, options.windowMs, nowMs)
  const failuresInARow = isBad ? breaker.failuresInARow + 1 : 0
  const counted: Breaker = { ...breaker, failuresInARow, ...(window ? { window } : { window: undefined }) }
  return isBad && shouldTrip(counted, options, nowMs) ? open(counted, options, nowMs, chance) : counted
}

type Closed = Extract<Breaker, { kind: 'closed' }>

function shouldTrip({ failuresInARow, window }: Closed, options: BreakerOptions, nowMs: number): boolean {
  if (failuresInARow >= options.tripAfter) return true
  const { all, bad } = totals(window, options.windowMs, nowMs)
  return all >= options.minCalls && bad >= options.failedShare * all
}

function settleProbe(
  breaker: Extract<Breaker, { kind: 'probing' }>,
  options: BreakerOptions,
  { result, chance }: { readonly result: CallResult; readonly chance: number },
  nowMs: number,
): Breaker {
  if (result === 'failure') return open(breaker, options, nowMs, chance)
  // A probe that proved nothing gives its place back at once: the next caller is lent it.
  if (result === 'neutral') return { ...breaker, toLend: (breaker.toLend ?? 0) + 1 }
  const toSucceed = (breaker.toSucceed ?? 1) - 1
  if (toSucceed > 0) return { ...breaker, toSucceed }
  const outage = breaker.outage && { ...breaker.outage, closedAtMs: nowMs }
  return { kind: 'closed', epoch: breaker.epoch + 1, failuresInARow: 0, ...(outage ? { outage } : {}) }
}

/** Openings grow with the age of the outage, so that a short one is over soon and a long one costs little. */
function open(breaker: Breaker, options: BreakerOptions, nowMs: number, chance: number): Breaker {
  const before = breaker.outage && isStable(breaker.outage, nowMs) ? undefined : breaker.outage
  const sinceMs = before?.sinceMs ?? nowMs
  const mostMs = Math.max(options.openCapMs, options.openForMs)
  const isLong = before !== undefined && nowMs - sinceMs >= options.growAfterMs
  const doublings = (before?.doublings ?? 0) + (isLong && before.openForMs < mostMs ? 1 : 0)
  const openForMs = Math.min(mostMs, options.openForMs * 2 ** doublings)
  const untilMs = nowMs + openForMs * (1 + options.jitter * (2 * chance - 1))
  return { kind: 'open', epoch: breaker.epoch + 1, untilMs, outage: { sinceMs, doublings, openForMs } }
}

/** Closed for as long as it was last open. */
const isStable = ({ closedAtMs, openForMs }: Outage, nowMs: number) =>
  closedAtMs !== undefined && nowMs - closedAtMs >= openForMs
