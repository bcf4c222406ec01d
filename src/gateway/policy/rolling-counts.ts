/** Counts of calls and of bad ones among them over the recent past, as a value: two half windows, moved on by whoever looks. */

export interface RollingCounts {
  /** When the present half began, ms. */
  readonly atMs: number
  readonly all: number
  readonly bad: number
  /** Of the half before. */
  readonly allBefore: number
  readonly badBefore: number
}

/** One call more; O(1). Nothing is kept while nothing bad is in the window, so that good calls cost nothing. */
export function count(
  counts: RollingCounts | undefined,
  isBad: boolean,
  windowMs: number,
  nowMs: number,
): RollingCounts | undefined {
  const moved = counts && moveOn(counts, windowMs, nowMs)
  if (moved === undefined)
    return isBad ? { atMs: nowMs, all: 1, bad: 1, allBefore: 0, badBefore: 0 } : undefined
  return { ...moved, all: moved.all + 1, bad: moved.bad + (isBad ? 1 : 0) }
}

/** Calls of the last half to whole window, from the first bad one on. */
export function totals(
  counts: RollingCounts | undefined,
  windowMs: number,
  nowMs: number,
): { readonly all: number; readonly bad: number } {
  const moved = counts && moveOn(counts, windowMs, nowMs)
  if (moved === undefined) return none
  return { all: moved.all + moved.allBefore, bad: moved.bad + moved.badBefore }
}

const none = Object.freeze({ all: 0, bad: 0 })

/** Undefined where nothing bad is left in the window. */
function moveOn(counts: RollingCounts, windowMs: number, nowMs: number): RollingCounts | undefined {
  const halfMs = windowMs / 2
  const halves = Math.floor((nowMs - counts.atMs) / halfMs)
  if (halves < 1) return counts
  if (halves > 1 || counts.bad === 0) return undefined
  const { all: allBefore, bad: badBefore, atMs } = counts
  return { atMs: atMs + halfMs, all: 0, bad: 0, allBefore, badBefore }
}
