/** Events that wait to be stored: bounded, and the least severe go first when there is no room. */

import type { AnyEvent, Severity } from '../protocol/events.ts'

/** From the least severe to the most. */
export const severities: readonly Severity[] = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']

interface Waiting {
  readonly order: number
  readonly event: AnyEvent
}

/** Has identity: the one queue of a recorder. */
export class EventQueue {
  readonly #limit: number
  /** One list for each severity, each in order. */
  readonly #lists: Waiting[][] = severities.map(() => [])
  readonly #dropped = severities.map(() => 0)
  #size = 0
  #order = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  size(): number {
    return this.#size
  }

  push(event: AnyEvent): void {
    this.#order += 1
    this.#lists[severities.indexOf(event.severity)]?.push({ order: this.#order, event })
    this.#size += 1
    if (this.#size > this.#limit) this.#dropOne()
  }

  /** The oldest, at most `most`, in the order in which they came. */
  take(most: number): readonly AnyEvent[] {
    const taken: AnyEvent[] = []
    while (taken.length < most) {
      const next = this.#oldest()
      if (next === undefined) break
      taken.push(next.event)
    }
    this.#size -= taken.length
    return taken
  }

  /** Events lost for want of room, by severity. */
  dropped(): Readonly<Record<Severity, number>> {
    const counts = severities.map((severity, at) => [severity, this.#dropped[at] ?? 0])
    return Object.fromEntries(counts)
  }

  droppedInAll(): number {
    return this.#dropped.reduce((sum, count) => sum + count, 0)
  }

  #oldest(): Waiting | undefined {
    let first: Waiting[] | undefined
    for (const list of this.#lists) {
      const head = list[0]
      if (head && head.order < (first?.[0]?.order ?? Number.POSITIVE_INFINITY)) first = list
    }
    return first?.shift()
  }

  #dropOne(): void {
    const at = this.#lists.findIndex((list) => list.length > 0)
    this.#lists[at]?.shift()
    this.#dropped[at] = (this.#dropped[at] ?? 0) + 1
    this.#size -= 1
  }
}
