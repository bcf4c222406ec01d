/** Adds up what is counted and gathers what is timed, by their labels, until the registry takes it over: to find the place of one there costs more than to count it. */

import type { MetricName } from './metric-table.ts'

/** Labels of one metric are always named in the same order. */
export type Labels = Readonly<Record<string, string>>

interface Place {
  readonly name: MetricName
  readonly labels: Labels
}

export interface Counts extends Place {
  readonly by: number
}

export interface Timings extends Place {
  readonly seconds: readonly number[]
}

export interface Tally {
  count(name: MetricName, labels: Labels, by: number): void
  /** `onFull` is told of what has gathered in one place, where that is much. */
  time(name: MetricName, labels: Labels, seconds: number): void
  /** What was counted and timed since the last time. */
  take(): { readonly counts: readonly Counts[]; readonly timings: readonly Timings[] }
}

const mostTimings = 512

export function openTally(onFull: (timings: Timings) => void): Tally {
  let counts = new Map<string, Place & { by: number }>()
  let timings = new Map<string, Place & { readonly seconds: number[] }>()
  return {
    count(name, labels, by) {
      const key = keyOf(name, labels)
      const known = counts.get(key)
      if (known) known.by += by
      else counts.set(key, { name, labels, by })
    },
    time(name, labels, seconds) {
      const key = keyOf(name, labels)
      const known = timings.get(key)
      if (known === undefined) {
        timings.set(key, { name, labels, seconds: [seconds] })
        return
      }
      known.seconds.push(seconds)
      if (known.seconds.length < mostTimings) return
      timings.delete(key)
      onFull(known)
    },
    take() {
      const taken = { counts: [...counts.values()], timings: [...timings.values()] }
      counts = new Map()
      timings = new Map()
      return taken
    },
  }
}

function keyOf(name: string, labels: Labels): string {
  let key = name
  for (const label in labels) key += `\n${labels[label]}`
  return key
}
