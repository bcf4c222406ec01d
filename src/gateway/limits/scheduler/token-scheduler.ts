/** Lets background calls through as fast as a provider's minute allows, and never faster: reserve, call, settle. */

import type { Clock } from '../../../base/clock.ts'
import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { type CallEnd, type CallQueue, openCallQueue } from './call-queue.ts'
import { fits, type Load, type MinuteLimits, noLoad, tokensOf } from './load.ts'
import { type BegunCall, planSchedule, type SchedulePlan } from './plan-schedule.ts'

export interface SchedulerOptions {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>
  readonly limits: MinuteLimits
  /** Calls at once, of this scheduler. */
  readonly concurrency: number
  /** Added to the minute: a provider counts a call when it arrives, not when it leaves, ms. */
  readonly marginMs?: number
}

/** How a call ended. */
export interface Called<Value> extends CallEnd {
  readonly value: Value
}

export interface Piece<Value> {
  /** What is reserved for it, asked for anew at every decision, for estimates are learned. */
  readonly load: () => Load
  /** `id` is that of its entry in the log. */
  readonly call: (id: string) => Promise<Called<Value>>
  readonly signal?: AbortSignal
}

export interface ExpectedPiece {
  readonly load: Load
  /** What will be reserved for it once so many others have been answered; `load` where absent. */
  readonly loadAfter?: (answers: number) => Load
  readonly expected: Load
  readonly callMs: number
}

export interface TokenScheduler {
  /** Pieces handed in within one turn of the event loop are packed together. A fault is the reason in words. */
  run<Value>(piece: Piece<Value>): Promise<Outcome<Value, string>>
  /** From now on a minute holds this. */
  limit(limits: MinuteLimits): void
  /**
   * How long these will take if they are handed in now, beside those of `begun`, and those of `chain` one after the
   * other behind them.
   */
  plan(
    pieces: readonly ExpectedPiece[],
    chain?: readonly ExpectedPiece[],
    begun?: readonly BegunCall[],
  ): Promise<SchedulePlan>
}

const minuteMs = 60_000
const usualMarginMs = 1_000
/** How often a call that was told to wait is sent again. */
const waits = 3

export function createTokenScheduler(options: SchedulerOptions): TokenScheduler {
  const { clock, concurrency } = options
  let limits = options.limits
  const limitsNow = () => limits
  const windowMs = minuteMs + (options.marginMs ?? usualMarginMs)
  const queue = openCallQueue({ clock, limits: limitsNow, concurrency, windowMs })
  return {
    run: (piece) => runPiece({ limits: limitsNow, queue }, piece),
    limit(given) {
      limits = given
      queue.look()
    },
    plan(pieces, chain = [], begun = []) {
      const nowMs = clock.monoMs()
      const named = (list: readonly ExpectedPiece[], step: string) =>
        list.map((piece, at) => ({ ...piece, id: `${step}-${at}`, sinceMs: nowMs }))
      const { log, blockedUntilMs } = queue.standing()
      const pause = () => new Promise<void>((resolve) => void clock.after(0, resolve))
      const state = { limits, windowMs, concurrency, log, nowMs, blockedUntilMs, begun }
      return planSchedule(named(pieces, 'piece'), { ...state, chain: named(chain, 'chain'), pause })
    },
  }
}

interface Desk {
  readonly limits: () => MinuteLimits
  readonly queue: CallQueue
}

async function runPiece<Value>(desk: Desk, piece: Piece<Value>): Promise<Outcome<Value, string>> {
  for (let sent = 0; ; sent += 1) {
    const load = piece.load()
    const limits = desk.limits()
    if (!fits(load, limits))
      return failed(`needs ${tokensOf(load)} tokens, more than a minute has (${limitText(limits)}): split it`)
    const called = await runOnce(desk, piece)
    if (!called.ok) return called
    if (called.value.waitMs === undefined || sent >= waits) return done(called.value.value)
  }
}

const limitText = ({ tokens, inputTokens, outputTokens }: MinuteLimits) =>
  [tokens, inputTokens, outputTokens].filter((limit) => limit !== undefined).join(' / ')

function runOnce<Value>(
  { queue }: Desk,
  { load, call, signal }: Piece<Value>,
): Promise<Outcome<Called<Value>, string>> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(failed('cancelled'))
    const abort = () => {
      if (queue.withdraw(id)) resolve(failed('cancelled'))
    }
    const end = (called: CallEnd, came: Outcome<Called<Value>, string>) => {
      signal?.removeEventListener('abort', abort)
      queue.ended(id, called)
      resolve(came)
    }
    const begin = () => {
      call(id).then(
        (called) => end(called, done(called)),
        (error: unknown) => end({}, failed(error instanceof Error ? error.message : 'the call broke')),
      )
    }
    const id = queue.enqueue({ size: load, begin })
    signal?.addEventListener('abort', abort, { once: true })
  })
}

export const loadOf = (inputTokens: number, outputTokens: number): Load => ({
  ...noLoad,
  requests: 1,
  inputTokens,
  outputTokens,
})
