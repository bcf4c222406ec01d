/** Which of the waiting calls start now, and when to look again: a decision over values, with the time brought along. */

import { fits, largestShare, type MinuteLimits, minus, sumOf } from './load.ts'
import { type Bins, fitting, type Packed, pack } from './pack.ts'
import { firstEndMs, fitsFromMs, takenOf, type WindowLog, type WindowRule, within } from './window-log.ts'

export interface Waiting extends Packed {
  /** Since when it waits, ms. */
  readonly sinceMs: number
}

/** Of those that wait, so many are looked at together: the first that came. A longer look takes the time of others. */
export const mostLookedAt = 128

export interface Standing<Piece extends Waiting> extends WindowRule {
  readonly log: WindowLog
  readonly waiting: readonly Piece[]
  /** Calls that may start beside those that run. */
  readonly slots: number
  /** Nothing starts before it, ms. */
  readonly blockedUntilMs: number
  /** The packing of the last decision: it is kept where a new one is no better. */
  readonly packing?: Bins<Piece>
}

export interface Decision<Piece extends Waiting> {
  readonly start: readonly Piece[]
  /** Until it is worth looking again, ms; absent where only an end or a new call can change anything. */
  readonly againInMs?: number
  readonly packing: Bins<Piece>
}

/**
 * Bursts: a whole bin starts when all of it fits, so that N bins take N − 1 minutes between the first and the last start.
 * Between bursts something starts only where the last burst comes no later for it, so that no schedule gets worse by it.
 */
export function decide<Piece extends Waiting>(standing: Standing<Piece>, nowMs: number): Decision<Piece> {
  const { limits, windowMs, waiting, slots, blockedUntilMs } = standing
  const log = within(standing.log, windowMs, nowMs)
  if (waiting.length === 0 || slots <= 0) return { start: [], packing: standing.packing ?? [] }
  const packing = packed(standing, nowMs)
  if (blockedUntilMs > nowMs) return { start: [], againInMs: blockedUntilMs - nowMs, packing }
  const left = minus(limits, takenOf(log))
  const start = burst(packing, left) ?? early({ ...standing, log }, { left, packing, nowMs })
  if (start.length > 0) return { start: start.slice(0, slots), packing }
  const againInMs = firstEndMs(log, windowMs, nowMs)
  return { start, packing, ...(againInMs === undefined ? {} : { againInMs }) }
}

/** The first bin, where all of it fits. */
function burst<Piece extends Waiting>(
  [first]: Bins<Piece>,
  left: MinuteLimits,
): readonly Piece[] | undefined {
  return first && fits(loadOfBin(first), left) ? first : undefined
}

const loadOfBin = (bin: readonly Packed[]) => sumOf(bin.map(({ load }) => load))

interface Between<Piece> {
  readonly left: MinuteLimits
  readonly packing: Bins<Piece & Packed>
  readonly nowMs: number
}

function early<Piece extends Waiting>(
  { log, waiting, ...rule }: Standing<Piece>,
  { left, packing, nowMs }: Between<Piece>,
): readonly Piece[] {
  const some = fitting(waiting, left)
  if (some.length === 0) return some
  const rest = waiting.filter((piece) => !some.includes(piece))
  const begun = some.map(({ id, load }) => ({ id, load, atMs: nowMs }))
  const lastMs = lastBurstMs(pack(rest, rule.limits), [...log, ...begun], rule, nowMs)
  return lastMs <= lastBurstMs(packing, log, rule, nowMs) ? some : []
}

/** When the last of the bins starts, if each waits until all of it fits. */
function lastBurstMs(bins: Bins<Packed>, log: WindowLog, rule: WindowRule, nowMs: number): number {
  let held = log
  let atMs = nowMs
  for (const bin of bins) {
    const load = loadOfBin(bin)
    atMs = fitsFromMs(held, load, rule, atMs)
    held = [...within(held, rule.windowMs, atMs), { id: '', load, atMs }]
  }
  return atMs
}

/**
 * The fullest bin goes first, so that the last minute has most room for what comes behind; but whoever waits a whole
 * minute longer goes before others.
 */
function packed<Piece extends Waiting>(
  { waiting, limits, windowMs, packing = [] }: Standing<Piece>,
  nowMs: number,
): Bins<Piece> {
  const made = pack(waiting, limits)
  const byId = new Map(waiting.map((piece) => [piece.id, piece]))
  const kept = packing
    .map((bin) => bin.flatMap(({ id }) => byId.get(id) ?? []))
    .filter((bin) => bin.length > 0)
  const isWhole = kept.flat().length === waiting.length
  const isHeld = kept.every((bin) => fits(loadOfBin(bin), limits))
  const chosen = isWhole && isHeld && kept.length <= made.length ? kept : made
  const waits = (bin: readonly Waiting[]) =>
    Math.floor((nowMs - Math.min(...bin.map(({ sinceMs }) => sinceMs))) / windowMs)
  const fullness = (bin: readonly Packed[]) => largestShare(loadOfBin(bin), limits)
  return chosen.toSorted((one, other) => waits(other) - waits(one) || fullness(other) - fullness(one))
}
