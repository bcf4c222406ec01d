/** The ledger entry: what is remembered of one request, whatever its end. */

import type { FaultCode } from './fault.ts'
import type { FaultClass } from './fault-kind.ts'
import type { Attempt, Plan } from './plan.ts'
import type { Usage } from './reply.ts'

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

/** One rewriting of a refused prompt. Times are ms since the request was accepted. */
export interface RewriteNote {
  readonly startedMs: number
  readonly endedMs: number
  /** Of the conversation, as `initialPromptHash` is. */
  readonly beforeHash: string
  /** Absent where the rewriter failed. */
  readonly afterHash?: string
  /** Why it failed. */
  readonly reason?: string
  readonly provider?: string
  readonly model?: string
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** Decimal string in USD; not part of `estimatedCostUsd`, and part of what was spent. */
  readonly costUsd?: string
}

/** The call for a vector, by which a question is compared with others of the same meaning. Times are ms since the request was accepted. */
export interface VectorCall {
  readonly provider: string
  readonly model: string
  /** The key's fingerprint. */
  readonly key: string
  readonly startedMs: number
  readonly endedMs: number
  /** Why no vector came; absent where one did. */
  readonly fault?: { readonly code: FaultCode; readonly class: FaultClass; readonly message: string }
  readonly inputTokens?: number
  /** Decimal string in USD; not part of `estimatedCostUsd`, and part of what was spent. */
  readonly costUsd?: string
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
  /** Of the prompt that was asked in the end, where it was rewritten. */
  readonly finalPromptHash?: string
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
  /** Why the first target of the plan was not the first to be called. */
  readonly failoverReason?: string
  readonly rewriteAttempted: boolean
  /** The rewritten prompt was answered. */
  readonly rewriteSucceeded?: boolean
  readonly rewrites?: readonly RewriteNote[]
  /** Absent where nothing was compared by meaning. */
  readonly vectorCall?: VectorCall
  readonly usage?: Usage
  /** The sum of all attempts that were billed: decimal string, 6 places, half-up. */
  readonly estimatedCostUsd?: string
  readonly costCap?: string
  /** 0 to 1. */
  readonly resilienceScore: number
  readonly metadata: Readonly<Record<string, string>>
  /** Keyed hash of the end user the caller named, hex: finds a person's entries again without naming the person. */
  readonly subjectHash?: string
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

/** What the ledger notes of itself, in the same chain: erasing, ageing, entries that were lost. */
export interface AuditEntry {
  readonly schemaVersion: number
  readonly journalId: string
  readonly seq: number
  readonly prevHash: string
  readonly kind: 'audit'
  readonly requestId: string
  readonly atUtc: string
  readonly action: AuditAction
  readonly detail: Readonly<Record<string, unknown>>
  readonly hash: string
}

export type AuditAction =
  | 'journal_migrated'
  | 'content_erased'
  | 'previews_aged'
  | 'content_aged'
  | 'events_aged'
  | 'entries_removed'
  | 'entries_lost'

/** A place in the listing: the entry that was shown last. */
export interface LedgerCursor {
  readonly atUtc: string
  readonly seq: number
}

export interface LedgerFilter {
  readonly limit: number
  readonly outcome?: LedgerOutcome
  readonly provider?: string
  readonly model?: string
  readonly tenant?: string
  /** A tag of `metadata` and the value it must have. */
  readonly segment?: { readonly tag: string; readonly value: string }
  /** ISO 8601 in UTC, this instant counted in. */
  readonly fromUtc?: string
  /** ISO 8601 in UTC, this instant not counted in. */
  readonly toUtc?: string
  /** Part of a preview's text, letter case aside for ASCII. */
  readonly text?: string
  readonly after?: LedgerCursor
}

/** What is kept beside an entry and can be taken away without touching the chain. */
export interface KeptBeside {
  readonly previews: LedgerPreviews
  /** Of the commitments to the previews, hex. */
  readonly salt: string
  /** `LedgerContent`, encrypted. */
  readonly content?: string
}

/** Writing side of the ledger. Neither method throws; `ok: false` means that the store did not confirm in time. */
export interface Ledger {
  /** Resolves when the intent is committed, at most `commit_wait_ms` later. */
  intend(intent: LedgerIntent): Promise<{ readonly ok: boolean }>
  /** Resolves when the entry is committed, at most `commit_wait_ms` later. */
  record(record: LedgerRecord, kept: KeptBeside): Promise<{ readonly ok: boolean }>
  /** Flushes and closes; resolves when everything is on disk. */
  close(): Promise<void>
}

export interface LedgerRow {
  readonly seq: number
  /** The text that was hashed. */
  readonly json: string
  readonly hash: string
}

export interface ShownEntry {
  readonly entry: LedgerEntry
  readonly json: string
  readonly previews: LedgerPreviews
}

/** Texts of an entry as they were said, where the installation keeps them. */
export interface LedgerContent {
  /** The conversation as a JSON array of messages. */
  readonly conversation: string
  readonly finalResponse?: string
}

export interface LedgerReader {
  /** Requests only, the newest first by the time they were accepted. */
  list(filter: LedgerFilter): readonly LedgerEntry[]
  /** What the ledger noted of itself, the newest first. */
  audits(limit: number): readonly AuditEntry[]
  /** By the whole id, or by a beginning that only one entry has. */
  show(requestId: string): ShownEntry | undefined
  /** Entries and audits in order of `seq`. */
  each(): Iterable<LedgerRow>
  close(): void
}
