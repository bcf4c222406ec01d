/** Adds up counts by their labels until the registry takes them over: to find the place of a count there costs more than to count. */

import type { MetricName } from './metric-table.ts'

type Labels = Readonly<Record<string, string>>

export interface Tally {
  /** Labels of one metric are always named in the same order. */
  add(name: MetricName, labels: Labels, by: number): void
  /** What was added since the last time. */
  take(): readonly (readonly [name: MetricName, labels: Labels, by: number])[]
}

export function openTally(): Tally {
  const counts = new Map<string, { readonly name: MetricName; readonly labels: Labels; by: number }>()
  return {
    add(name, labels, by) {
      let key: string = name
      for (const label in labels) key += `\n${labels[label]}`
      const known = counts.get(key)
      if (known) known.by += by
      else counts.set(key, { name, labels, by })
    },
    take() {
      const taken = [...counts.values()].map(({ name, labels, by }) => [name, labels, by] as const)
      counts.clear()
      return taken
    },
  }
}
