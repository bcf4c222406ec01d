/** What a caller's keys and tenant let one request call: tokens and money, set aside before and corrected after. */

import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { StopSignal } from '../../base/stop-signal.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { callClaims, type Held, hasBudget, hasCallLimits } from './claims-of.ts'
import type { Limits, Refusal } from './limits.ts'
import { microUsd } from './micro-usd.ts'
import { limitFault } from './refusal.ts'

export interface AllowanceAsk {
  /** The request's id. */
  readonly holder: string
  readonly tokens: number
  /** Decimal string; absent where no price is known. */
  readonly costUsd?: string | undefined
  /** Ms until the request's deadline: so long it waits for what others have set aside. */
  readonly leftMs: number
  readonly signal: StopSignal
}

/** What is known of the calls when the request has ended; absent counts as it was asked for. */
export interface CallSpent {
  readonly tokens?: number
  readonly costUsd?: string
}

export interface Reservation {
  /** Only the first call counts. */
  settle(spent: CallSpent): void
}

export interface Allowance {
  /** Models whose price is not known may not be called. */
  readonly needsPrices: boolean
  reserve(ask: AllowanceAsk): Promise<Outcome<Reservation, Fault>>
}

export interface AllowanceParts {
  readonly limits: Limits
  readonly clock: Clock
  readonly held: readonly Held[]
}

/** What is set aside comes back by itself so long after the deadline, ms: its process died. */
const graceMs = 60_000
/** Other processes give back unheard. */
const lookAgainMs = 100

/** Undefined where nobody is held to tokens or money. */
export function allowanceFor({ limits, clock, held }: AllowanceParts): Allowance | undefined {
  if (!held.some(hasCallLimits)) return undefined
  return {
    needsPrices: held.some(({ limits: own }) => hasBudget(own) && !own.allowUnpriced),
    async reserve(ask) {
      const untilMs = clock.monoMs() + ask.leftMs
      for (;;) {
        const claims = callClaims(held, {
          tokens: ask.tokens,
          microUsd: microUsd(ask.costUsd ?? '0'),
          holdForMs: ask.leftMs + graceMs,
          wallMs: clock.wallMs(),
        })
        const taken = await limits.take(ask.holder, claims)
        if (taken.granted)
          return done({
            settle: ({ tokens, costUsd }) =>
              taken.hold.settle({
                ...(tokens === undefined ? {} : { tokens }),
                ...(costUsd === undefined ? {} : { microUsd: microUsd(costUsd) }),
              }),
          })
        if (!isWorthWaiting(taken.refusal, untilMs - clock.monoMs()))
          return failed(limitFault(taken.refusal, claims[taken.refusal.claim]))
        await limits.givenBack(lookAgainMs, ask.signal)
        if (ask.signal.aborted) return failed(makeFault('cancelled', 'the caller went away'))
      }
    },
  }
}

const isWorthWaiting = ({ isSetAside }: Refusal, leftMs: number) => isSetAside === true && leftMs > 0
