/** What is recorded of a run: notes in the order in which things happened, and what was left at the end. */

import type { Topic } from '../../../src/protocol/events.ts'
import type { FaultCode } from '../../../src/protocol/fault.ts'
import type { LedgerRecord } from '../../../src/protocol/ledger-entry.ts'
import type { CallEnd } from '../../../src/sandbox/scripted-transport.ts'
import type { Scene } from './scene.ts'
import type { Truth } from './truth.ts'

export type LedgerNote = Omit<LedgerRecord, 'commitments'>

export interface CallNote {
  readonly what: 'called'
  readonly request: string
  readonly call: number
  readonly provider: string
  readonly model: string
  readonly key: string
  readonly truth: Truth
}

export type Note = { readonly atMs: number } & (
  | { readonly what: 'asked'; readonly request: string }
  | { readonly what: 'left'; readonly request: string }
  | { readonly what: 'intended'; readonly request: string; readonly ok: boolean }
  | { readonly what: 'entered'; readonly request: string; readonly ok: boolean; readonly entry: LedgerNote }
  | CallNote
  | { readonly what: 'call_over'; readonly request: string; readonly call: number; readonly end: CallEnd }
  | EventNote
  | {
      readonly what: 'answered'
      readonly request: string
      readonly kind: 'reply' | 'stream' | 'fault'
      readonly code?: FaultCode
      readonly status?: number
    }
  /** The first text reached the caller. */
  | { readonly what: 'first_text'; readonly request: string }
  | ToldNote
  | { readonly what: 'threw'; readonly request: string; readonly error: string }
)

/** The caller has all it will ever get. */
export interface ToldNote {
  readonly what: 'told'
  readonly request: string
  readonly text: string
  /** `end` with its terminal marker, `left` by the caller, a fault's code, or `nothing` at all. */
  readonly ended: string
  /** The text as a server would send it: from the raw bytes where there are any. */
  readonly wireText: string
}

export interface EventNote {
  readonly what: 'event'
  readonly topic: Topic
  readonly request?: string
  readonly payload: Readonly<Record<string, unknown>>
}

export interface History {
  readonly scene: Scene
  readonly notes: readonly Note[]
  /** What the quiet engine still holds; all of it should be nothing. */
  readonly left: {
    readonly timers: number
    readonly listeners: number
    readonly running: number
    readonly mostRunning: number
    readonly unhandled: readonly string[]
  }
}

/** The whole run as text, one note to a line: the same seed gives the same bytes. */
export function traceOf({ notes, left }: History): string {
  return [...notes, left].map((note) => JSON.stringify(note)).join('\n')
}
