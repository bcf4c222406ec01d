/** What a call takes of a minute, in everything a provider counts, and how much of it there is. */

/** Of one call, or of several together. */
export interface Load {
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Each for any 60 s; what is absent is not limited. */
export interface MinuteLimits {
  readonly requests?: number
  /** Input and output together. */
  readonly tokens?: number
  readonly inputTokens?: number
  readonly outputTokens?: number
}

type Axis = keyof MinuteLimits

const axes: readonly Axis[] = ['requests', 'tokens', 'inputTokens', 'outputTokens']

export const noLoad: Load = { requests: 0, inputTokens: 0, outputTokens: 0 }

export const tokensOf = ({ inputTokens, outputTokens }: Load): number => inputTokens + outputTokens

const amount = (load: Load, axis: Axis): number => (axis === 'tokens' ? tokensOf(load) : load[axis])

export const minusLoad = (one: Load, other: Load): Load => ({
  requests: one.requests - other.requests,
  inputTokens: one.inputTokens - other.inputTokens,
  outputTokens: one.outputTokens - other.outputTokens,
})

export const plus = (one: Load, other: Load): Load => ({
  requests: one.requests + other.requests,
  inputTokens: one.inputTokens + other.inputTokens,
  outputTokens: one.outputTokens + other.outputTokens,
})

export const sumOf = (loads: readonly Load[]): Load => loads.reduce(plus, noLoad)

/** The largest share of a limit it takes; 0 where nothing is limited, above 1 where it fits nowhere. */
export function largestShare(load: Load, limits: MinuteLimits): number {
  let largest = 0
  for (const axis of axes) largest = Math.max(largest, shareOf(amount(load, axis), limits[axis]))
  return largest
}

function shareOf(taken: number, limit: number | undefined): number {
  if (limit === undefined || taken === 0) return 0
  return limit <= 0 ? Number.POSITIVE_INFINITY : taken / limit
}

export const fits = (load: Load, limits: MinuteLimits): boolean =>
  axes.every((axis) => amount(load, axis) <= (limits[axis] ?? Number.POSITIVE_INFINITY))

/** What is left of the limits; never below nothing. */
export function minus(limits: MinuteLimits, load: Load): MinuteLimits {
  const left: { -readonly [Name in Axis]?: number } = {}
  for (const axis of axes) {
    const limit = limits[axis]
    if (limit !== undefined) left[axis] = Math.max(0, limit - amount(load, axis))
  }
  return left
}

/** Minutes that the loads fill at least, whatever their order: no schedule needs fewer. */
export function leastWindows(loads: readonly Load[], limits: MinuteLimits): number {
  if (loads.length === 0) return 0
  const all = sumOf(loads)
  const halves = loads.filter((load) => largestShare(load, limits) > 0.5)
  const byAxis = axes.map((axis) => {
    const limit = limits[axis]
    return limit === undefined ? 0 : Math.ceil(amount(all, axis) / limit)
  })
  // Two loads above half of the same limit never share a minute.
  const apart = axes.map(
    (axis) => halves.filter((load) => shareOf(amount(load, axis), limits[axis]) > 0.5).length,
  )
  return Math.max(1, ...byAxis, ...apart)
}
