/** The configuration about what is remembered, as the program uses it: ledger, scores, log, events, and how long they are kept. */

export interface LedgerConfig {
  readonly previews: 'off' | 'redacted' | 'full'
  readonly mode: 'required' | 'best-effort'
  readonly commitWaitMs: number
  readonly synchronous: 'normal' | 'full'
  readonly promptHash: 'keyed' | 'plain'
  readonly promptCharacters: number
  readonly responseCharacters: number
  readonly content: 'none' | 'stored'
  /** Regular expressions, each checked. */
  readonly redactPatterns: readonly string[]
  readonly spillBytes: number
  readonly checkpoints: CheckpointConfig
}

interface CheckpointConfig {
  readonly everyEntries: number
  readonly everyMs: number
  /** Beside the journal where it is absent. */
  readonly file?: string
  readonly url?: string
}

/** What each happening takes from a score of 1; all 0 to 1. */
export interface ScoreConfig {
  readonly rewrite: number
  readonly callFailure: number
  readonly keyRotation: number
  readonly modelFailover: number
  readonly providerFailover: number
  readonly breakerTripped: number
  readonly allFailed: number
  /** The most a request without an answer can score. */
  readonly unansweredMost: number
}

export interface LogConfig {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'off'
  /** `auto` is text on a terminal and JSON elsewhere. */
  readonly format: 'auto' | 'text' | 'json'
}

export interface EventsConfig {
  /** The least severe event that is stored. */
  readonly level: 'debug' | 'info' | 'warning' | 'error' | 'critical' | 'off'
  /** Events that wait to be stored. */
  readonly queue: number
  readonly batch: number
  readonly batchMs: number
}

/** How long each kind of memory is kept. Undefined is for ever. */
export interface RetentionConfig {
  readonly entriesForMs?: number
  readonly previewsForMs?: number
  readonly contentForMs?: number
  readonly eventsForMs?: number
  /** The oldest entries go where the journal uses more. */
  readonly journalMaxBytes?: number
  /** The oldest events go where their file uses more. */
  readonly eventsMaxBytes?: number
  /** Time between two rounds, ms. */
  readonly everyMs: number
}
