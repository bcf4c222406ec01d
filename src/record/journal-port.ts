/** What the main thread and the journal's worker say to each other: strings only, for posting objects costs more. */

import type { RetentionConfig as RetentionRules } from '../config/config.ts'
import type { AuditAction, LedgerIntent, LedgerRecord } from '../protocol/ledger-entry.ts'

export interface CheckpointRules {
  /** A checkpoint is due after so many entries. */
  readonly everyEntries: number
  /** And after this time, where there is anything new, ms. */
  readonly everyMs: number
  /** Where they are appended. */
  readonly file: string
}

export interface JournalSetup {
  readonly dir: string
  readonly synchronous: 'normal' | 'full'
  /** Used where the journal is new. */
  readonly newJournalId: string
  readonly checkpoints: CheckpointRules
  readonly retention: RetentionRules
  /** False where a worker takes over from one of the same process: its requests still run. */
  readonly recovers: boolean
}

export interface JournalEntry {
  readonly requestId: string
  readonly atUtc: string
  readonly outcome: string
  readonly provider: string | null
  readonly model: string | null
  readonly tenant: string
  readonly route: string
  /** The record's JSON, without its place in the chain. */
  readonly json: string
  readonly previews?: { readonly salt: string; readonly json: string }
  /** Texts as they were said, encrypted. */
  readonly content?: string
}

/** Flat lists of texts: naming each field of each entry costs more than the entry itself when it is posted. */
export interface JournalBatch {
  readonly id: number
  /** Request id and JSON of each intent, in turn. */
  readonly intents: readonly string[]
  /** Intents that are taken back: their requests were refused. */
  readonly withdrawn: readonly string[]
  /** The columns of each entry, in turn; see `entryColumns`. */
  readonly entries: readonly (string | null)[]
  /** Sent before, to a worker that died without an answer: what is already there is left. */
  readonly isRepeat?: boolean
  /** Intents count only where entries could be written, too. */
  readonly mustReachStore?: boolean
  /** JSON of each `JournalAudit`: what the ledger is to note of itself. */
  readonly audits: readonly string[]
}

export interface JournalAudit {
  readonly action: AuditAction
  readonly detail: Readonly<Record<string, unknown>>
}

/** How many texts stand for one entry: the eight of the entry, salt and JSON of its previews, its content. */
export const entryColumns = 11

export function entryTexts(entry: JournalEntry): readonly (string | null)[] {
  const { requestId, atUtc, outcome, provider, model, tenant, route, json, previews, content } = entry
  return [
    requestId,
    atUtc,
    outcome,
    provider,
    model,
    tenant,
    route,
    json,
    previews?.salt ?? null,
    previews?.json ?? null,
    content ?? null,
  ]
}

export type JournalReply =
  | { readonly kind: 'open'; readonly journalId: string; readonly recovered: number }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'committed'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
  /** A signed checkpoint was written, one line of JSON. */
  | { readonly kind: 'checkpoint'; readonly line: string }
  /** Something of the worker's own work is wrong or right again, in words for the log. */
  | { readonly kind: 'note'; readonly line: string }
  | { readonly kind: 'closed' }

export function toJournalEntry(record: LedgerRecord): JournalEntry {
  const { requestId, atUtc, outcome, tenant, route } = record
  const provider = record.finalProvider ?? null
  const model = record.finalModel ?? null
  return { requestId, atUtc, outcome, tenant, route, provider, model, json: JSON.stringify(record) }
}

/** The entry of a request whose process died before it ended. */
export function crashRecord(intentJson: string): JournalEntry {
  const intent: LedgerIntent = JSON.parse(intentJson)
  return toJournalEntry({
    ...intent,
    commitments: {},
    outcome: 'UNKNOWN_CRASH',
    attempts: [],
    resilienceEvents: [],
    resilienceEventsLeftOut: 0,
    totalLatencyMs: 0,
    totalApiCalls: 0,
    selectionMode: 'unknown',
    rewriteAttempted: false,
    resilienceScore: 0,
    metadata: {},
    dropped: [],
    simulated: false,
  })
}
