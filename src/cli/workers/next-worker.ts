/** Whose turn it is to be given the next connection. */

export interface Taker {
  /** From 1. */
  readonly number: number
  /** Connections on their way to it that it has not taken yet. */
  readonly underway: number
}

/** A worker that is busy is passed over once so many connections are on their way to it. */
export const mostUnderway = 16

/** The next in turn after `last` that has room; undefined where none has. `takers` stand in the order of their numbers. */
export function nextWorker(takers: readonly Taker[], last: number): number | undefined {
  const after = [...takers.filter(({ number }) => number > last), ...takers]
  return after.find(({ underway }) => underway < mostUnderway)?.number
}
