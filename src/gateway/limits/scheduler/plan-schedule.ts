/** How long a number of calls will take, told before the first: the scheduler's own decisions, played through. */

import { decide, type Waiting } from './decide.ts'
import { type Load, leastWindows, type MinuteLimits, tokensOf } from './load.ts'
import { type Bins, pack } from './pack.ts'
import { settled, type WindowLog } from './window-log.ts'

export interface PlannedPiece extends Waiting {
  /** What it is thought to use in truth; `load` is what is reserved for it. */
  readonly expected: Load
  /** How long its call is thought to take, ms. */
  readonly callMs: number
}

export interface SchedulePlan {
  readonly pieces: number
  /** Expected, input and output. */
  readonly tokens: number
  /** Minutes that the pieces are packed into. */
  readonly windows: number
  /** No schedule ends earlier, however lucky, ms from now. */
  readonly lowerBoundMs: number
  /** Ms from now. */
  readonly endsInMs: number
}

export interface PlanOptions {
  readonly limits: MinuteLimits
  readonly windowMs: number
  readonly concurrency: number
  readonly log: WindowLog
  readonly nowMs: number
  readonly blockedUntilMs?: number
}

/** `chain` follows when all pieces have ended, each call after the one before it. */
export function planSchedule(
  pieces: readonly PlannedPiece[],
  options: PlanOptions,
  chain: readonly PlannedPiece[] = [],
): SchedulePlan {
  const { limits, windowMs } = options
  const expected = pieces.map((piece) => ({ ...piece, load: piece.expected }))
  const least = leastWindows(
    expected.map(({ load }) => load),
    limits,
  )
  const bins = expected.length <= 10 ? Math.max(least, pack(expected, limits).length) : least
  const shortest = Math.min(...pieces.map(({ callMs }) => callMs))
  const chainMs = chain.reduce((sum, { callMs }) => sum + callMs, 0)
  return {
    pieces: pieces.length,
    tokens: [...pieces, ...chain].reduce((sum, piece) => sum + tokensOf(piece.expected), 0),
    windows: pack(pieces, limits).length,
    lowerBoundMs: (pieces.length === 0 ? 0 : Math.max(0, bins - 1) * windowMs + shortest) + chainMs,
    endsInMs: playAll([pieces, ...chain.map((piece) => [piece])], options) - options.nowMs,
  }
}

function playAll(steps: readonly (readonly PlannedPiece[])[], options: PlanOptions): number {
  const play: Play = { nowMs: options.nowMs, waiting: [], running: [], log: options.log, packing: [] }
  for (const step of steps) {
    play.waiting = step
    play.packing = []
    playThrough(play, options)
  }
  return play.nowMs
}

interface Running {
  readonly piece: PlannedPiece
  readonly endsAtMs: number
}

interface Play {
  nowMs: number
  waiting: readonly PlannedPiece[]
  running: readonly Running[]
  log: WindowLog
  packing: Bins<PlannedPiece>
}

/** Until the last call has ended. */
function playThrough(play: Play, options: PlanOptions): void {
  while (play.waiting.length > 0 || play.running.length > 0) {
    const againInMs = startWhatMay(play, options)
    const nextEndMs = Math.min(...play.running.map(({ endsAtMs }) => endsAtMs))
    const nextMs = Math.min(
      nextEndMs,
      againInMs === undefined ? Number.POSITIVE_INFINITY : play.nowMs + againInMs,
    )
    // A piece that fits nowhere is refused when it is asked for; here it only must not hold the play up.
    if (!Number.isFinite(nextMs)) return
    play.nowMs = Math.max(nextMs, play.nowMs)
    endWhatIsOver(play)
  }
}

function startWhatMay(play: Play, { limits, windowMs, concurrency, blockedUntilMs = 0 }: PlanOptions) {
  for (;;) {
    const slots = concurrency - play.running.length
    const decision = decide({ ...play, limits, windowMs, slots, blockedUntilMs }, play.nowMs)
    play.packing = decision.packing
    if (decision.start.length === 0) return decision.againInMs
    const atMs = play.nowMs
    play.waiting = play.waiting.filter((piece) => !decision.start.includes(piece))
    play.log = [...play.log, ...decision.start.map(({ id, load }) => ({ id, load, atMs }))]
    play.running = [
      ...play.running,
      ...decision.start.map((piece) => ({ piece, endsAtMs: atMs + piece.callMs })),
    ]
  }
}

function endWhatIsOver(play: Play): void {
  const over = play.running.filter(({ endsAtMs }) => endsAtMs <= play.nowMs)
  for (const { piece } of over) play.log = settled(play.log, piece.id, piece.expected)
  play.running = play.running.filter((one) => !over.includes(one))
}
