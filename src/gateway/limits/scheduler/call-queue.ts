/** Calls that wait for their part of a minute, and what was let through: holds the state that decisions are made from. */

import type { Clock } from '../../../base/clock.ts'
import { type Decision, decide, mostLookedAt, type Waiting } from './decide.ts'
import type { Load, MinuteLimits } from './load.ts'
import type { Bins } from './pack.ts'
import { settled, type WindowLog, within } from './window-log.ts'

/** What the end of a call tells. */
export interface CallEnd {
  /** What it really used; absent where that is not known: what was reserved counts then. */
  readonly used?: Load
  /** The provider refused it for now: nothing starts for so long, and the call is sent again. */
  readonly waitMs?: number
}

export interface WaitingCall {
  readonly size: () => Load
  /** Runs the call and tells its end; never throws. */
  readonly begin: () => void
}

interface Job extends Waiting, WaitingCall {}

export interface CallQueue {
  /** The id under which it waits. */
  enqueue(call: WaitingCall): string
  /** False where it has begun. */
  withdraw(id: string): boolean
  ended(id: string, end: CallEnd): void
  /** Decides again: the limits are others. */
  look(): void
  standing(): { readonly log: WindowLog; readonly blockedUntilMs: number }
}

export interface CallQueueOptions {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>
  /** Asked for at every decision, for they may be learned. */
  readonly limits: () => MinuteLimits
  readonly concurrency: number
  readonly windowMs: number
}

interface State {
  log: WindowLog
  waiting: readonly Job[]
  packing: Bins<Job>
  running: number
  count: number
  blockedUntilMs: number
}

export function openCallQueue(options: CallQueueOptions): CallQueue {
  const { clock } = options
  const state: State = { log: [], waiting: [], packing: [], running: 0, count: 0, blockedUntilMs: 0 }
  const look = lookLater(options, state)
  return {
    enqueue(call) {
      state.count += 1
      const id = `call-${state.count}`
      state.waiting = [...state.waiting, { ...call, id, sinceMs: clock.monoMs(), load: call.size() }]
      look()
      return id
    },
    withdraw(id) {
      const before = state.waiting.length
      state.waiting = state.waiting.filter((job) => job.id !== id)
      return state.waiting.length < before
    },
    ended(id, { used, waitMs }) {
      state.running -= 1
      if (used) state.log = settled(state.log, id, used)
      if (waitMs !== undefined) state.blockedUntilMs = Math.max(state.blockedUntilMs, clock.monoMs() + waitMs)
      look()
    },
    look,
    standing: () => ({ log: state.log, blockedUntilMs: state.blockedUntilMs }),
  }
}

/** Looks once, when everything that was handed in together is there; and again when the decision says so. */
function lookLater({ clock, ...rules }: CallQueueOptions, state: State): () => void {
  let isDue = false
  let forget = () => {}
  const look = () => {
    if (isDue) return
    isDue = true
    queueMicrotask(() => {
      isDue = false
      forget()
      const nowMs = clock.monoMs()
      const decision = startWhatMay(rules, state, nowMs)
      if (decision.start.length > 0) look()
      else if (decision.againInMs !== undefined)
        forget = clock.after(Math.max(1, Math.ceil(decision.againInMs)), look)
    })
  }
  return look
}

function startWhatMay(
  { limits, windowMs, concurrency }: Omit<CallQueueOptions, 'clock'>,
  state: State,
  nowMs: number,
): Decision<Job> {
  state.log = within(state.log, windowMs, nowMs)
  const waiting = state.waiting.slice(0, mostLookedAt).map((job) => ({ ...job, load: job.size() }))
  state.waiting = [...waiting, ...state.waiting.slice(mostLookedAt)]
  const slots = concurrency - state.running
  const decision = decide({ ...state, waiting, limits: limits(), windowMs, slots }, nowMs)
  state.packing = decision.packing
  state.waiting = state.waiting.filter((job) => !decision.start.includes(job))
  for (const { id, load, begin } of decision.start) {
    state.log = [...state.log, { id, load, atMs: nowMs }]
    state.running += 1
    begin()
  }
  return decision
}
