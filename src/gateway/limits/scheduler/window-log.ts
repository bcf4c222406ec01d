/** What was taken of the minute behind now: every call with its instant, so that any span of 60 s can be held to the limit. */

import { fits, type Load, type MinuteLimits, minusLoad, plus, sumOf } from './load.ts'

export interface LogEntry {
  readonly id: string
  /** Ms on a clock that never steps. */
  readonly atMs: number
  readonly load: Load
}

export type WindowLog = readonly LogEntry[]

export const within = (log: WindowLog, windowMs: number, nowMs: number): WindowLog =>
  log.filter(({ atMs }) => atMs + windowMs > nowMs)

export const takenOf = (log: WindowLog): Load => sumOf(log.map(({ load }) => load))

/** Puts what was really used in place of what was reserved, at the instant it was reserved. */
export const settled = (log: WindowLog, id: string, load: Load): WindowLog =>
  log.map((entry) => (entry.id === id ? { ...entry, load } : entry))

/** Ms until the oldest entry counts no more; undefined where there is none. */
export function firstEndMs(log: WindowLog, windowMs: number, nowMs: number): number | undefined {
  if (log.length === 0) return undefined
  return Math.max(0, Math.min(...log.map(({ atMs }) => atMs)) + windowMs - nowMs)
}

export interface WindowRule {
  readonly limits: MinuteLimits
  readonly windowMs: number
}

/** The first instant, not before `fromMs`, at which the load fits beside what the log then still holds. */
export function fitsFromMs(
  log: WindowLog,
  load: Load,
  { limits, windowMs }: WindowRule,
  fromMs: number,
): number {
  const held = within(log, windowMs, fromMs).toSorted((one, other) => one.atMs - other.atMs)
  let taken = plus(takenOf(held), load)
  let atMs = fromMs
  for (const entry of held) {
    if (fits(taken, limits)) return atMs
    taken = minusLoad(taken, entry.load)
    atMs = entry.atMs + windowMs
  }
  return atMs
}
