/** How long a number of calls will take, told before the first: the scheduler's own decisions, played through. */

import { decide, mostLookedAt, type Waiting } from './decide.ts'
import { type Load, leastWindows, type MinuteLimits, tokensOf } from './load.ts'
import { type Bins, pack } from './pack.ts'
import { settled, type WindowLog } from './window-log.ts'

export interface PlannedPiece extends Waiting {
  /** What it is thought to use in truth; `load` is what is reserved for it. */
  readonly expected: Load
  readonly loadAfter?: (answers: number) => Load
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

/** A call that runs while the plan is made. */
export interface BegunCall {
  /** Of its entry in the log. */
  readonly id: string
  readonly expected: Load
  /** When it is thought to end. */
  readonly endsAtMs: number
}

export interface PlanOptions {
  readonly limits: MinuteLimits
  readonly windowMs: number
  readonly concurrency: number
  readonly log: WindowLog
  readonly nowMs: number
  readonly blockedUntilMs: number
  readonly begun: readonly BegunCall[]
  /** Follows when all pieces have ended, each call after the one before it. */
  readonly chain: readonly PlannedPiece[]
  /** Lets other work go on. */
  readonly pause: () => Promise<void>
}

/** Of more pieces than this an even sample is played through, and its time taken as often as it goes into all. */
const playedPieces = 600

export async function planSchedule(
  pieces: readonly PlannedPiece[],
  options: PlanOptions,
): Promise<SchedulePlan> {
  const { limits, windowMs, chain, pause } = options
  const expected = pieces.map((piece) => ({ ...piece, load: piece.expected }))
  const least = leastWindows(
    expected.map(({ load }) => load),
    limits,
  )
  const bins = expected.length <= 10 ? Math.max(least, pack(expected, limits).length) : least
  const shortest = Math.min(...pieces.map(({ callMs }) => callMs))
  const chainMs = chain.reduce((sum, { callMs }) => sum + callMs, 0)
  const lowerBoundMs = (pieces.length === 0 ? 0 : Math.max(0, bins - 1) * windowMs + shortest) + chainMs
  const played = sampleOf(pieces)
  if (played.length > mostLookedAt) await pause()
  const windows = pack(played, limits).length
  if (played.length > mostLookedAt) await pause()
  const times = pieces.length / Math.max(1, played.length)
  const later = chain.map((piece) => [piece])
  // What follows the pieces shares their last minute: only where all of them are played can that be played too.
  const endsInMs =
    times > 1
      ? (await playAll([played], options)) * times + chainMs
      : await playAll([played, ...later], options)
  return {
    pieces: pieces.length,
    tokens: [...pieces, ...chain].reduce((sum, piece) => sum + tokensOf(piece.expected), 0),
    windows: Math.round(windows * times),
    lowerBoundMs,
    endsInMs: Math.max(lowerBoundMs, endsInMs),
  }
}

function sampleOf(pieces: readonly PlannedPiece[]): readonly PlannedPiece[] {
  if (pieces.length <= playedPieces) return pieces
  const step = pieces.length / playedPieces
  return pieces.filter((_, at) => Math.floor(at / step) > Math.floor((at - 1) / step))
}

/** Ms from now until the last has ended. */
async function playAll(steps: readonly (readonly PlannedPiece[])[], options: PlanOptions): Promise<number> {
  const play: Play = {
    nowMs: options.nowMs,
    waiting: [],
    running: options.begun,
    log: options.log,
    packing: [],
    looks: 0,
    answers: 0,
  }
  for (const step of steps) {
    play.waiting = step
    play.answers = 0
    play.packing = []
    await playThrough(play, options)
  }
  return play.nowMs - options.nowMs
}

interface Play {
  nowMs: number
  waiting: readonly PlannedPiece[]
  running: readonly BegunCall[]
  log: WindowLog
  packing: Bins<PlannedPiece>
  /** Pieces looked at since the last pause. */
  looks: number
  /** Ended in this step. */
  answers: number
}

/** Pieces looked at between two pauses: some milliseconds of work. */
const looksInOne = 1_500

/** Until the last call has ended. */
async function playThrough(play: Play, options: PlanOptions): Promise<void> {
  while (play.waiting.length > 0 || play.running.length > 0) {
    if (play.looks > looksInOne) {
      play.looks = 0
      await options.pause()
    }
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

function startWhatMay(play: Play, { limits, windowMs, concurrency, blockedUntilMs }: PlanOptions) {
  for (;;) {
    const slots = concurrency - play.running.length
    const { answers } = play
    const waiting = play.waiting.slice(0, mostLookedAt).map((piece) => ({
      ...piece,
      load: piece.loadAfter?.(answers) ?? piece.load,
    }))
    play.waiting = [...waiting, ...play.waiting.slice(mostLookedAt)]
    play.looks += waiting.length
    const decision = decide({ ...play, waiting, limits, windowMs, slots, blockedUntilMs }, play.nowMs)
    play.packing = decision.packing
    if (decision.start.length === 0) return decision.againInMs
    const atMs = play.nowMs
    play.waiting = play.waiting.filter((piece) => !decision.start.includes(piece))
    play.log = [...play.log, ...decision.start.map(({ id, load }) => ({ id, load, atMs }))]
    play.running = [
      ...play.running,
      ...decision.start.map(({ id, expected, callMs }) => ({ id, expected, endsAtMs: atMs + callMs })),
    ]
  }
}

function endWhatIsOver(play: Play): void {
  const over = play.running.filter(({ endsAtMs }) => endsAtMs <= play.nowMs)
  for (const { id, expected } of over) play.log = settled(play.log, id, expected)
  play.running = play.running.filter((one) => !over.includes(one))
  play.answers += over.length
}
