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
  let counts = openPlaces<Place & { by: number }>()
  let timings = openPlaces<Place & { seconds: number[] }>()
  return {
    count(name, labels, by) {
      const place = counts.placeOf(name, labels)
      if (place.held) place.held.by += by
      else counts.hold(place, { name, labels, by })
    },
    time(name, labels, seconds) {
      const place = timings.placeOf(name, labels)
      if (place.held === undefined) {
        timings.hold(place, { name, labels, seconds: [seconds] })
        return
      }
      const { held } = place
      held.seconds.push(seconds)
      if (held.seconds.length < mostTimings) return
      onFull({ name, labels, seconds: held.seconds })
      held.seconds = []
    },
    take() {
      const taken = { counts: counts.all, timings: timings.all }
      counts = openPlaces()
      timings = openPlaces()
      return taken
    },
  }
}

/** One step for the name and one for each label: to find a text that was put together of them, it would have to be made and read first. */
interface Step<Held> {
  readonly next: Map<string, Step<Held>>
  held: Held | undefined
}

function openPlaces<Held>() {
  const first: Step<Held> = { next: new Map(), held: undefined }
  const all: Held[] = []
  const stepTo = (from: Step<Held>, text: string): Step<Held> => {
    const known = from.next.get(text)
    if (known) return known
    const made: Step<Held> = { next: new Map(), held: undefined }
    from.next.set(text, made)
    return made
  }
  return {
    all,
    placeOf(name: string, labels: Labels): Step<Held> {
      let step = stepTo(first, name)
      for (const label in labels) step = stepTo(step, labels[label] ?? '')
      return step
    },
    hold(place: Step<Held>, held: Held): void {
      place.held = held
      all.push(held)
    },
  }
}
