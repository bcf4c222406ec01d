/** The ledger entry: what is remembered of one request, whatever its end. */

import type { FaultClass, FaultCode } from './fault.ts'
import type { Attempt, Plan } from './plan.ts'
import type { Usage } from './reply.ts'

export const ledgerSchemaVersion = 1

export type LedgerOutcome =
  | 'SUCCESS'
  | 'MITIGATED_SUCCESS'
  | 'RECOVERED_SUCCESS'
  | 'CACHED'
  | 'FAILURE'
  | 'CANCELLED'
  | 'REJECTED'
  | 'UNKNOWN_CRASH'

export interface LedgerError {
  readonly code: FaultCode
  readonly class: FaultClass
  readonly message: string
  /** One line for each target that failed, in order. */
  readonly chain: readonly string[]
}

export interface ResilienceEvent {
  readonly topic: string
  /** Ms since the request was accepted. */
  readonly atMs: number
  readonly provider?: string
  readonly model?: string
  readonly detail?: string
}

/** Personal text stands outside the entry; these are salted commitments to it (`SHA-256(salt ‖ text)`, hex). */
export interface LedgerCommitments {
  readonly initialPrompt?: string
  readonly finalPrompt?: string
  readonly finalResponse?: string
}

/** Everything but the place in the chain: what the engine hands to the ledger. */
export interface LedgerRecord {
  readonly requestId: string
  /** The caller's own request id, kept beside ours and never used as a key. */
  readonly callerRequestId?: string
  readonly traceId: string
  readonly tenant: string
  readonly virtualKeyId?: string
  /** When the request was accepted, ISO 8601 with ms. */
  readonly atUtc: string
  readonly route: string
  readonly dialect: string
  readonly stream: boolean
  readonly initialPromptHash: string
  readonly finalResponseHash?: string
  readonly commitments: LedgerCommitments
  readonly outcome: LedgerOutcome
  readonly error?: LedgerError
  readonly plan?: Plan
  readonly attempts: readonly Attempt[]
  readonly resilienceEvents: readonly ResilienceEvent[]
  /** How many events there were beyond the 100 that are kept. */
  readonly resilienceEventsLeftOut: number
  readonly totalLatencyMs: number
  readonly timeToFirstTokenMs?: number
  readonly totalApiCalls: number
  readonly finalProvider?: string
  readonly finalModel?: string
  readonly selectionMode: string
  readonly failoverReason?: string
  readonly rewriteAttempted: boolean
  readonly rewriteSucceeded?: boolean
  readonly usage?: Usage
  /** The sum of all attempts that were billed: decimal string, 6 places, half-up. */
  readonly estimatedCostUsd?: string
  readonly costCap?: string
  /** 0 to 1. */
  readonly resilienceScore: number
  readonly metadata: Readonly<Record<string, string>>
  /** Request fields the answering provider could not be given. */
  readonly dropped: readonly string[]
  /** The provider was the sandbox. */
  readonly simulated: boolean
}

/** As stored: the record with its place in the chain. The hash covers the JSON text without `hash`; see docs/ledger.md. */
export interface LedgerEntry extends LedgerRecord {
  readonly schemaVersion: number
  readonly journalId: string
  readonly seq: number
  readonly prevHash: string
  readonly hash: string
}

/** Texts for people, redacted and cut; rows of their own, so that erasing them leaves the chain whole. */
export interface LedgerPreviews {
  readonly initialPrompt?: string
  readonly finalPrompt?: string
  readonly finalResponse?: string
}

/** What is written before the first byte goes to a provider and taken away with the outcome. */
export interface LedgerIntent {
  readonly requestId: string
  readonly atUtc: string
  readonly tenant: string
  readonly route: string
  readonly dialect: string
  readonly stream: boolean
  readonly traceId: string
  readonly initialPromptHash: string
}

export interface LedgerFilter {
  readonly limit: number
  readonly outcome?: LedgerOutcome
  readonly provider?: string
  readonly model?: string
  readonly beforeSeq?: number
}

/** Writing side of the ledger. Neither method throws; `ok: false` means that the store did not confirm in time. */
export interface Ledger {
  /** Resolves when the intent is committed, at most `commit_wait_ms` later. */
  intend(intent: LedgerIntent): Promise<{ readonly ok: boolean }>
  /** Resolves when the entry is committed, at most `commit_wait_ms` later. `salts` go with the previews. */
  record(record: LedgerRecord, previews: LedgerPreviews, salt: string): Promise<{ readonly ok: boolean }>
  /** Flushes and closes; resolves when everything is on disk. */
  close(): Promise<void>
}

export interface LedgerReader {
  list(filter: LedgerFilter): readonly LedgerEntry[]
  show(
    requestId: string,
  ): { readonly entry: LedgerEntry; readonly json: string; readonly previews: LedgerPreviews } | undefined
  /** Entries in order of `seq`, as the JSON text that was hashed plus its hash. */
  each(): Iterable<{ readonly seq: number; readonly json: string; readonly hash: string }>
  close(): void
}
