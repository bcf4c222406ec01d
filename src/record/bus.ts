/** Tells subscribers what happened, in order, without ever holding up or failing who publishes. */

import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { utcText } from '../base/utc-text.ts'
import type { AnyEvent, Publish, Topic } from '../protocol/events.ts'
import { topicSeverities } from './topics.ts'

export interface Bus {
  readonly publish: Publish
  /** Calls `handler` for the named topics, later and one at a time; the returned function ends it. */
  subscribe(topics: readonly Topic[], handler: (event: AnyEvent) => void): () => void
  /** Whether anybody listens: what takes work to tell need not be told to nobody. */
  isHeard(topic: Topic): boolean
  /** Events lost because a subscriber was too slow. */
  dropped(): number
}

interface Subscriber {
  readonly topics: ReadonlySet<Topic>
  readonly handler: (event: AnyEvent) => void
  readonly waiting: AnyEvent[]
  isDraining: boolean
}

/** Events that wait for one subscriber before the oldest are dropped. */
const waitingLimit = 10_000

export function createBus(parts: { readonly clock: Clock; readonly source: string }): Bus {
  const subscribers = new Set<Subscriber>()
  let dropped = 0

  const drain = (subscriber: Subscriber) => {
    for (let event = subscriber.waiting.shift(); event; event = subscriber.waiting.shift()) {
      try {
        subscriber.handler(event)
      } catch {
        // A subscriber's defect is its own; the next event is still delivered.
      }
    }
    subscriber.isDraining = false
  }
  const hand = (subscriber: Subscriber, event: AnyEvent) => {
    if (subscriber.waiting.length >= waitingLimit) {
      subscriber.waiting.shift()
      dropped += 1
    }
    subscriber.waiting.push(event)
    if (subscriber.isDraining) return
    subscriber.isDraining = true
    setImmediate(drain, subscriber)
  }

  return {
    publish(topic, payload, about) {
      let event: AnyEvent | undefined
      for (const subscriber of subscribers) {
        if (!subscriber.topics.has(topic)) continue
        event ??= {
          eventId: makeId('evt', parts.clock.wallMs()),
          topic,
          source: parts.source,
          atUtc: utcText(parts.clock.wallMs()),
          severity: topicSeverities[topic],
          ...about,
          payload,
        } as AnyEvent
        hand(subscriber, event)
      }
    },
    subscribe(topics, handler) {
      const subscriber: Subscriber = { topics: new Set(topics), handler, waiting: [], isDraining: false }
      subscribers.add(subscriber)
      return () => void subscribers.delete(subscriber)
    },
    isHeard: (topic) => [...subscribers].some(({ topics }) => topics.has(topic)),
    dropped: () => dropped,
  }
}
