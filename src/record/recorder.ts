/** Stores events in batches behind everyone's back: a store that is slow, hangs or fails costs events at most, and is told once. */

import type { Clock } from '../base/clock.ts'
import type { Outcome } from '../base/outcome.ts'
import type { EventsConfig } from '../config/config.ts'
import type { AnyEvent, Severity, Topic } from '../protocol/events.ts'
import type { Bus } from './bus.ts'
import { EventQueue, severities } from './event-queue.ts'
import { type Redact, redactValue } from './redact.ts'
import { topicSeverities } from './topics.ts'

/** Where events go. Resolves when they are on disk, or with the reason why not; never rejects. */
export interface EventStore {
  write(events: readonly StoredEvent[]): Promise<Outcome<void, string>>
  close(): Promise<void>
}

/** An event as text, ready to be posted and stored. */
export interface StoredEvent {
  readonly eventId: string
  readonly atUtc: string
  readonly topic: string
  readonly severity: string
  readonly requestId: string | null
  readonly json: string
}

export interface RecorderOptions {
  readonly bus: Bus
  readonly store: EventStore
  readonly clock: Clock
  readonly rules: EventsConfig
  readonly redact: Redact
  /** One line per change of state, for the log. */
  readonly onProblem: (line: string) => void
}

export interface RecorderHealth {
  readonly isWell: boolean
  readonly queued: number
  readonly written: number
  readonly dropped: Readonly<Record<Severity, number>>
}

export interface Recorder {
  /** What it listens to. */
  readonly topics: readonly Topic[]
  health(): RecorderHealth
  /** Stores what waits, for at most `withinMs`, and closes the store; says how many events were left. */
  close(withinMs: number): Promise<number>
}

/** Topics at or above a level. What the ledger holds of every request anyway is stored from `debug` on only. */
export function recordedTopics(level: EventsConfig['level']): readonly Topic[] {
  if (level === 'off') return []
  const least = severities.indexOf(level.toUpperCase() as Severity)
  const topics = Object.keys(topicSeverities) as Topic[]
  return topics.filter(
    (topic) =>
      severities.indexOf(topicSeverities[topic]) >= least && (least === 0 || topic !== 'api.request.end'),
  )
}

export const createRecorder = (options: RecorderOptions): Recorder => new Writer(options)

const firstTryAgainMs = 200
const mostTryAgainMs = 5_000
/** A store that has said nothing for so long is told to be away. */
const answerWithinMs = 5_000
/** Losses are told at most this often. */
const tellEveryMs = 1_000

/** Has identity: the one writer of its store. */
class Writer implements Recorder {
  readonly topics: readonly Topic[]
  readonly #options: RecorderOptions
  readonly #queue: EventQueue
  readonly #leave: () => void
  #writing: Promise<void> | undefined
  #timer: (() => void) | undefined
  #tellTimer: (() => void) | undefined
  #told = 0
  #written = 0
  #isWell = true
  /** Events of the batch that is being stored. */
  #inHand = 0
  #isOver = false
  #tryAgainMs = firstTryAgainMs

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#queue = new EventQueue(options.rules.queue)
    this.topics = recordedTopics(options.rules.level)
    this.#leave = options.bus.subscribe(this.topics, (event) => this.#take(event))
  }

  health(): RecorderHealth {
    return {
      isWell: this.#isWell,
      queued: this.#queue.size() + this.#inHand,
      written: this.#written,
      dropped: this.#queue.dropped(),
    }
  }

  async close(withinMs: number): Promise<number> {
    const { clock, store } = this.#options
    // What was published is handed over by the event loop's next turn.
    await new Promise((resolve) => setImmediate(resolve))
    this.#leave()
    this.#tellTimer?.()
    const endAtMs = clock.monoMs() + withinMs
    const early = new AbortController()
    const over = clock.sleep(withinMs, early.signal)
    while (this.#queue.size() + this.#inHand > 0 && clock.monoMs() < endAtMs) {
      this.#write()
      await Promise.race([this.#writing, over])
    }
    this.#isOver = true
    this.#timer?.()
    early.abort()
    await store.close()
    return this.#queue.size() + this.#inHand
  }

  #take(event: AnyEvent): void {
    this.#queue.push(event)
    if (this.#queue.droppedInAll() > this.#told) this.#tellLosses()
    if (this.#isWell && this.#queue.size() >= this.#options.rules.batch) this.#write()
    else this.#timer ??= this.#options.clock.after(this.#options.rules.batchMs, () => this.#due())
  }

  #due(): void {
    this.#timer = undefined
    this.#write()
  }

  #write(): void {
    if (this.#isOver || this.#writing || this.#queue.size() === 0) return
    this.#timer?.()
    this.#timer = undefined
    const batch = this.#queue.take(this.#options.rules.batch)
    this.#inHand = batch.length
    this.#writing = this.#store(batch.map((event) => toStored(event, this.#options.redact)))
  }

  /** The batch in hand is tried until it is stored: those behind it wait in the bounded queue. */
  async #store(events: readonly StoredEvent[]): Promise<void> {
    const { store, clock } = this.#options
    for (;;) {
      const unwatch = clock.after(answerWithinMs, () =>
        this.#turn(false, `no answer in ${answerWithinMs} ms`),
      )
      const written = await store.write(events)
      unwatch()
      if (written.ok) break
      this.#turn(false, written.fault)
      if (this.#isOver) return
      await clock.sleep(this.#tryAgainMs)
      if (this.#isOver) return
      this.#tryAgainMs = Math.min(mostTryAgainMs, this.#tryAgainMs * 2)
    }
    this.#turn(true, '')
    this.#tryAgainMs = firstTryAgainMs
    this.#written += events.length
    this.#inHand = 0
    this.#writing = undefined
    if (this.#queue.size() >= this.#options.rules.batch) this.#write()
    else if (this.#queue.size() > 0 && !this.#isOver)
      this.#timer ??= this.#options.clock.after(this.#options.rules.batchMs, () => this.#due())
  }

  #tellLosses(): void {
    this.#tellTimer ??= this.#options.clock.after(tellEveryMs, () => {
      this.#tellTimer = undefined
      // While the store is away each message would only push out another event.
      if (!this.#isWell) return
      const dropped = this.#queue.droppedInAll()
      this.#options.bus.publish('telemetry.dropped', { count: dropped - this.#told })
      this.#told = dropped
    })
  }

  #turn(isWell: boolean, reason: string): void {
    if (isWell === this.#isWell) return
    this.#isWell = isWell
    const { onProblem, bus } = this.#options
    onProblem(isWell ? 'events are stored again' : `events are not stored: ${reason}`)
    bus.publish('system.health', { status: isWell ? 'events stored' : 'events not stored' })
    if (isWell && this.#queue.droppedInAll() > this.#told) this.#tellLosses()
  }
}

function toStored(event: AnyEvent, redact: Redact): StoredEvent {
  const { eventId, atUtc, topic, severity, requestId } = event
  const json = JSON.stringify({ ...event, payload: redactValue(event.payload, redact) })
  return { eventId, atUtc, topic, severity, requestId: requestId ?? null, json }
}
