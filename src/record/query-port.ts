/** What the main thread asks of the thread that reads the ledger, and its answers: entries travel as the texts they are. */

import type { LedgerFilter, LedgerPreviews } from '../protocol/ledger-entry.ts'
import type { EventFilter } from './event-reader.ts'

export interface QuerySetup {
  readonly dir: string
}

export type Question =
  | { readonly kind: 'list'; readonly filter: LedgerFilter }
  | { readonly kind: 'show'; readonly requestId: string }
  | { readonly kind: 'events'; readonly filter: EventFilter }

export interface Asked {
  readonly id: number
  readonly question: Question
}

/** An entry with its hash as last field, as one JSON text. */
export interface ListedEntry {
  readonly atUtc: string
  readonly seq: number
  readonly text: string
}

export interface FoundEntry {
  readonly text: string
  readonly tenant: string
  readonly previews: LedgerPreviews
}

export interface QueryAnswers {
  list: readonly ListedEntry[]
  show: FoundEntry | undefined
  /** Each one JSON text. */
  events: readonly string[]
}

export interface Answered {
  readonly id: number
  readonly value?: QueryAnswers[keyof QueryAnswers]
  readonly fault?: string
}
