/** How much was taken in the span behind now: never more than the limit in any span, wherever it begins. No timers, no I/O. */

/** Amounts by the slice of time they fall into, oldest first; slices are a sixtieth of the span. */
export interface SlidingWindow {
  readonly slices: readonly Slice[]
}

export type Slice = readonly [index: number, amount: number]

export interface WindowLimit {
  readonly limit: number
  readonly windowMs: number
}

export const emptyWindow: SlidingWindow = { slices: [] }

/** A slice counts whole until all of it lies behind the span: at most a sixtieth too long, never too short. */
const slicesPerWindow = 60

export const sliceMs = (windowMs: number): number => windowMs / slicesPerWindow

/** Ms from now until a slice counts no more. */
function endsInMs([index]: Slice, windowMs: number, nowMs: number): number {
  return (index + 1) * sliceMs(windowMs) + windowMs - nowMs
}

export function behind(window: SlidingWindow, windowMs: number, nowMs: number): SlidingWindow {
  const live = window.slices.filter((slice) => endsInMs(slice, windowMs, nowMs) > 0)
  return live.length === window.slices.length ? window : { slices: live }
}

export function taken({ slices }: SlidingWindow): number {
  return slices.reduce((sum, [, amount]) => sum + amount, 0)
}

export type WindowAnswer =
  | { readonly granted: true; readonly remaining: number; readonly resetMs: number }
  | {
      readonly granted: false
      readonly remaining: number
      readonly resetMs: number
      /** Absent where the amount is above the limit itself. */
      readonly retryAfterMs?: number
    }

/** Takes `amount` or nothing. */
export function takeOf(
  before: SlidingWindow,
  { limit, windowMs, amount }: WindowLimit & { readonly amount: number },
  nowMs: number,
): [SlidingWindow, WindowAnswer] {
  const window = behind(before, windowMs, nowMs)
  const used = taken(window)
  if (used + amount <= limit) {
    const next = added(window, Math.floor(nowMs / sliceMs(windowMs)), amount)
    return [
      next,
      { granted: true, remaining: limit - used - amount, resetMs: resetMs(next, windowMs, nowMs) },
    ]
  }
  const standing = { remaining: Math.max(0, limit - used), resetMs: resetMs(window, windowMs, nowMs) }
  const retryAfterMs = freeInMs(window, { limit, windowMs, amount }, nowMs)
  return [window, { granted: false, ...standing, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }]
}

/** Corrects what was taken at `tookAtMs` when the true amount is known; a slice never falls below nothing. */
export function correct(
  before: SlidingWindow,
  { windowMs, by, tookAtMs }: { readonly windowMs: number; readonly by: number; readonly tookAtMs: number },
  nowMs: number,
): SlidingWindow {
  const window = behind(before, windowMs, nowMs)
  const index = Math.floor((by > 0 ? nowMs : tookAtMs) / sliceMs(windowMs))
  return added(window, index, by)
}

function added(window: SlidingWindow, index: number, amount: number): SlidingWindow {
  const known = window.slices.find((slice) => slice[0] === index)
  if (known === undefined)
    return amount <= 0
      ? window
      : { slices: [...window.slices, [index, amount] as const].sort(([one], [other]) => one - other) }
  return {
    slices: window.slices.map((slice) => (slice === known ? [index, Math.max(0, slice[1] + amount)] : slice)),
  }
}

function resetMs({ slices }: SlidingWindow, windowMs: number, nowMs: number): number {
  const last = slices.at(-1)
  return last ? endsInMs(last, windowMs, nowMs) : 0
}

/** Until enough of the oldest has left. */
function freeInMs(
  { slices }: SlidingWindow,
  { limit, windowMs, amount }: WindowLimit & { readonly amount: number },
  nowMs: number,
): number | undefined {
  if (amount > limit) return undefined
  let used = slices.reduce((sum, slice) => sum + slice[1], 0)
  for (const slice of slices) {
    used -= slice[1]
    if (used + amount <= limit) return endsInMs(slice, windowMs, nowMs)
  }
  return 0
}
