/** Equal requests that run at once share one call: a flight has seats, and everybody in them sees the same answer come in. */

import type { Clock } from '../../base/clock.ts'
import { Stop, type StopSignal } from '../../base/stop-signal.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { StoredAnswer, StoredChunk } from './stored-answer.ts'

/** Where an answer was found that nobody was asked for: in a tier, or under other words of one meaning. */
export type FoundBy =
  | { readonly tier: 'memory' | 'redis' }
  | { readonly tier: 'semantic'; readonly requestId: string; readonly similarity: number }

/** How a flight ended. */
export type Landing =
  /** A whole answer, or one that was found in a farther tier. */
  | { readonly kind: 'answer'; readonly answer: StoredAnswer; readonly found?: FoundBy }
  /** A stream, all of whose chunks have been seen; a broken one tells so in its last. */
  | { readonly kind: 'stream' }
  /** `isOwn`: it speaks of whoever led, and not of the others. */
  | { readonly kind: 'fault'; readonly fault: Fault; readonly isOwn: boolean }

/** `Head` is what is known of an answer when it begins. */
export interface Flight<Head> {
  /** Aborts when the last seat is left. */
  readonly signal: StopSignal
  /** Somebody aboard wants the answer kept. */
  stores: boolean
  head(): Head | undefined
  chunks(): readonly StoredChunk[]
  landing(): Landing | undefined
  /** A stream begins. */
  begin(head: Head): void
  push(chunk: StoredChunk): void
  land(landing: Landing, head?: Head): void
}

/** One request's place in a flight. */
export interface Seat {
  /** Why it is left before the end: its caller went away, or its time is over. */
  departure(): Fault | undefined
  /** Resolves when there is more to see or a reason to leave. */
  news(): Promise<void>
  leave(): void
}

export interface Passenger {
  readonly clock: Clock
  /** Ms until its deadline. */
  readonly leftMs: number
  /** Ms until a stream that has begun must end; `leftMs` where absent. */
  readonly streamLeftMs?: number
  readonly signal: StopSignal
}

export interface Boarding<Head> {
  readonly flight: Flight<Head>
  readonly seat: Seat
  /** It is the first aboard and has to make the call. */
  readonly leads: boolean
}

export interface Flights<Head> {
  board(key: string, passenger: Passenger): Boarding<Head>
  /** Flights under way. */
  count(): number
}

export function createFlights<Head>(): Flights<Head> {
  const flights = new Map<string, Shared<Head>>()
  return {
    count: () => flights.size,
    board(key, passenger) {
      const known = flights.get(key)
      if (known) return { flight: known.flight, seat: known.sit(passenger), leads: false }
      const made = openFlight<Head>(() => {
        if (flights.get(key) === made) flights.delete(key)
      })
      flights.set(key, made)
      return { flight: made.flight, seat: made.sit(passenger), leads: true }
    },
  }
}

interface Shared<Head> {
  readonly flight: Flight<Head>
  sit(passenger: Passenger): Seat
}

/** `onOver` is called when nobody may board any more: it landed, or all have left. */
function openFlight<Head>(onOver: () => void): Shared<Head> {
  const chunks: StoredChunk[] = []
  const waiting = new Set<() => void>()
  const empty = new Stop()
  let head: Head | undefined
  let landing: Landing | undefined
  let seats = 0
  const wake = () => {
    const woken = [...waiting]
    waiting.clear()
    for (const one of woken) one()
  }
  const flight: Flight<Head> = {
    signal: empty,
    stores: false,
    head: () => head,
    chunks: () => chunks,
    landing: () => landing,
    begin(given) {
      head = given
      wake()
    },
    push(chunk) {
      chunks.push(chunk)
      wake()
    },
    land(given, last) {
      if (landing) return
      head = last ?? head
      landing = given
      onOver()
      wake()
    },
  }
  const leave = () => {
    seats -= 1
    if (seats > 0 || landing) return
    onOver()
    empty.abort()
  }
  return {
    flight,
    sit(passenger) {
      seats += 1
      return openSeat(passenger, { waiting, hasBegun: () => head !== undefined, onLeave: leave })
    },
  }
}

interface Ride {
  readonly waiting: Set<() => void>
  /** The head of the answer is there. */
  readonly hasBegun: () => boolean
  readonly onLeave: () => void
}

/** One timer for the whole ride, not one for each wait. */
function openSeat(
  { clock, leftMs, streamLeftMs = leftMs, signal }: Passenger,
  { waiting, hasBegun, onLeave }: Ride,
): Seat {
  let departure: Fault | undefined
  let wake = () => {}
  let isLeft = false
  const depart = (fault: Fault) => {
    departure ??= fault
    waiting.delete(wake)
    wake()
  }
  const away = () => depart(makeFault('cancelled', 'the caller went away'))
  const late = () => depart(makeFault('deadline_exceeded', 'the time of the request is over'))
  let stopTimer = clock.after(Math.max(0, leftMs), () => {
    if (hasBegun() && streamLeftMs > leftMs) stopTimer = clock.after(streamLeftMs - leftMs, late)
    else late()
  })
  if (signal.aborted) away()
  else signal.addEventListener('abort', away, { once: true })
  return {
    departure: () => departure,
    news: () =>
      departure
        ? Promise.resolve()
        : new Promise((resolve) => {
            wake = resolve
            waiting.add(resolve)
          }),
    leave() {
      if (isLeft) return
      isLeft = true
      stopTimer()
      signal.removeEventListener('abort', away)
      waiting.delete(wake)
      onLeave()
    },
  }
}
