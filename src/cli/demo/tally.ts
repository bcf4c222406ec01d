/** What the gateway did, counted from the events it publishes. */

import type { AnyEvent, Topic } from '../../protocol/events.ts'
import { keysEach } from './demo-config.ts'
import { type ProviderName, providerNames } from './scenes.ts'

export interface ProviderCounts {
  readonly attempts: number
  readonly failures: number
  readonly circuit: 'open' | 'closed'
  /** How often its circuit opened, or stayed open after a probe. */
  readonly circuitOpened: number
  /** Keys that do not rest after a limit. */
  readonly keysFree: number
}

export interface DemoCounts {
  readonly providers: Readonly<Record<ProviderName, ProviderCounts>>
  readonly failovers: { readonly key: number; readonly provider: number }
  /** Streams that broke after their first words and were finished by another provider. */
  readonly recovered: number
  /** Requests whose first attempt failed. */
  readonly firstAttemptFailed: number
  /** Requests whose first attempt already went to another provider than the first. */
  readonly beganElsewhere: number
}

export interface Tally {
  take(event: AnyEvent): void
  view(): DemoCounts
}

export const tallyTopics: readonly Topic[] = [
  'api.call.attempt',
  'api.call.failure',
  'api.key.rotation',
  'provider.failover',
  'circuit.tripped',
  'circuit.reset',
  'resource.penalized',
  'stream.recovered',
]

interface Book {
  attempts: number
  failures: number
  isOpen: boolean
  circuitOpened: number
  readonly restUntilMs: Map<string, number>
}

/** Rests end by the clock; all else is told by events. */
export function createTally(nowMs: () => number): Tally {
  const books = new Map<string, Book>(providerNames.map((name) => [name, emptyBook()]))
  const attemptsOf = new Map<string, number>()
  const total = { key: 0, provider: 0, firstAttemptFailed: 0, beganElsewhere: 0, recovered: 0 }
  const bookOf = (provider: string) => books.get(provider) ?? emptyBook()

  const take = ({ topic, payload, requestId = '' }: AnyEvent) => {
    switch (topic) {
      case 'api.call.attempt':
        bookOf(payload.provider).attempts += 1
        attemptsOf.set(requestId, payload.attempt)
        if (payload.attempt === 1 && payload.provider !== providerNames[0]) total.beganElsewhere += 1
        return
      case 'api.call.failure':
        bookOf(payload.provider).failures += 1
        if (attemptsOf.get(requestId) === 1) total.firstAttemptFailed += 1
        return
      case 'api.key.rotation':
        total.key += 1
        return
      case 'stream.recovered':
        total.recovered += 1
        return
      case 'provider.failover':
        total.provider += 1
        return
      case 'circuit.tripped':
      case 'circuit.reset': {
        const book = bookOf(payload.circuit.split('/')[0] ?? '')
        book.isOpen = topic === 'circuit.tripped'
        if (book.isOpen) book.circuitOpened += 1
        return
      }
      case 'resource.penalized':
        bookOf(payload.provider).restUntilMs.set(payload.key, nowMs() + payload.restForMs)
    }
  }
  return {
    take,
    view() {
      const { key, provider, ...rest } = total
      const count = (name: ProviderName) => countsOf(bookOf(name), nowMs())
      const providers = { first: count('first'), second: count('second'), third: count('third') }
      return { providers, failovers: { key, provider }, ...rest }
    },
  }
}

const emptyBook = (): Book => ({
  attempts: 0,
  failures: 0,
  isOpen: false,
  circuitOpened: 0,
  restUntilMs: new Map(),
})

function countsOf({ attempts, failures, isOpen, circuitOpened, restUntilMs }: Book, now: number) {
  const resting = [...restUntilMs.values()].filter((untilMs) => untilMs > now).length
  const circuit = isOpen ? ('open' as const) : ('closed' as const)
  return { attempts, failures, circuit, circuitOpened, keysFree: keysEach - resting }
}
