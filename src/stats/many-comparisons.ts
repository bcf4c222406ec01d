/** Corrections for many comparisons: adjusted p values, in the order they were given. */

/** Holm's step-down method (1979): the chance of any false finding stays below the level. For a few declared comparisons. */
export function holm(p: readonly number[]): readonly number[] {
  return adjusted(p, (value, rank) => value * (p.length - rank), 'rising')
}

/** Benjamini and Hochberg's step-up method (1995): the share of false findings stays below the level. For many cells. */
export function benjaminiHochberg(p: readonly number[]): readonly number[] {
  return adjusted(p, (value, rank) => (value * p.length) / (rank + 1), 'falling')
}

/** `scale` takes each p with its rank from 0, the smallest first; the result is made monotonic in the given direction. */
function adjusted(
  p: readonly number[],
  scale: (value: number, rank: number) => number,
  direction: 'rising' | 'falling',
): readonly number[] {
  const order = p.map((value, at) => ({ value, at })).sort((one, other) => one.value - other.value)
  const scaled = order.map(({ value }, rank) => Math.min(1, scale(value, rank)))
  if (direction === 'falling') scaled.reverse()
  const pick = direction === 'rising' ? Math.max : Math.min
  let last = direction === 'rising' ? 0 : 1
  const level = scaled.map((value) => {
    last = pick(last, value)
    return last
  })
  if (direction === 'falling') level.reverse()
  const result = new Array<number>(p.length).fill(1)
  for (const [rank, { at }] of order.entries()) result[at] = level[rank] ?? 1
  return result
}
