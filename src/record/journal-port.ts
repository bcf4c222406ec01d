/** What the main thread and the journal's worker say to each other: bytes and texts only, for posting objects costs more. */

import type { RetentionConfig as RetentionRules } from '../config/config.ts'
import type { AuditAction, LedgerIntent, LedgerRecord } from '../protocol/ledger-entry.ts'
import type { SharedLines } from './line-blocks.ts'

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
}

/** What is kept beside an entry, and may go before it does. */
export interface JournalBeside {
  readonly previews?: { readonly salt: string; readonly json: string } | undefined
  /** Texts as they were said, encrypted. */
  readonly content?: string | undefined
}

export interface JournalBatch {
  readonly id: number
  /** Lines as `entryLine` makes them, in memory that is not written to before the answer. A batch of nothing asks whether the store can be written at all. */
  readonly entries: readonly SharedLines[]
  /** Sent before, to a worker that died without an answer: what is already there is left. */
  readonly isRepeat?: boolean
  /** JSON of each `JournalAudit`: what the ledger is to note of itself. */
  readonly audits: readonly string[]
}

export interface JournalAudit {
  readonly action: AuditAction
  readonly detail: Readonly<Record<string, unknown>>
}

/** Parts of one line: no JSON holds a tab or a line end of its own. */
export function entryParts(entry: JournalEntry, { previews, content }: JournalBeside): readonly string[] {
  const { requestId, atUtc, outcome, provider, model, tenant, route, json } = entry
  const columns = JSON.stringify([requestId, atUtc, outcome, provider, model, tenant, route])
  return [columns, '\t', json, `\t${previews?.salt ?? ''}\t`, previews?.json ?? '', '\t', content ?? '']
}

export const entryLine = (entry: JournalEntry, beside: JournalBeside = {}): string =>
  entryParts(entry, beside).join('')

/** What `entryLine` wrote. */
export interface EntryLine {
  /** Request, time, outcome, provider, model, tenant, route: as the table has them. */
  readonly columns: readonly (string | null)[]
  readonly json: string
  readonly salt: string
  readonly previews: string
  readonly content: string
}

export function readEntryLine(line: string): EntryLine {
  const [columns = '[]', json = '', salt = '', previews = '', content = ''] = line.split('\t')
  return { columns: JSON.parse(columns), json, salt, previews, content }
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
