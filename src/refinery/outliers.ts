/** Steps that are far from the others of their trace in some measure. */

import type { Step } from './step.ts'

/** Fewer steps say nothing of what is usual. */
const fewest = 5

export interface OutlierOptions {
  readonly measure: (step: Step) => number | undefined
  /** How many times the median. */
  readonly times: number
  /** Below this, whatever the median. */
  readonly atLeast: number
}

export interface Outlier {
  readonly step: Step
  readonly value: number
  readonly median: number
}

/** Among the steps that have the measure and hold no others. */
export function outliersOf(steps: readonly Step[], options: OutlierOptions): readonly Outlier[] {
  const measured = steps.flatMap((step) => {
    const value = step.isAround ? undefined : options.measure(step)
    return value === undefined ? [] : [{ step, value }]
  })
  const sorted = measured.map(({ value }) => value).sort((one, other) => one - other)
  const median = sorted[Math.floor(sorted.length / 2)]
  if (median === undefined || measured.length < fewest) return []
  return measured
    .filter(({ value }) => value >= options.atLeast && value >= median * options.times)
    .map((one) => ({ ...one, median }))
}
