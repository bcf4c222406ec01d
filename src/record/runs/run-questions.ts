/** What the run store can be asked, and how it answers: the contract of its worker thread. */

import type { Feedback } from '../../protocol/run.ts'
import type { IngestBody } from './ingest-body.ts'
import type { KeepRules } from './keep-run.ts'

export interface TraceFilter {
  /** 1 to 500. */
  readonly limit: number
  /** As the answer before gave it. */
  readonly cursor?: string
  readonly status?: string
  readonly source?: string
  readonly project?: string
  readonly session?: string
  readonly user?: string
  readonly provider?: string
  readonly model?: string
  /** Traces that began at or after, and before; ms since 1970. */
  readonly sinceMs?: number
  readonly untilMs?: number
  /** Traces that took at least so long. */
  readonly minMs?: number
  /** Words that all stand in one run. */
  readonly search?: string
}

export type RunQuestion =
  | { readonly kind: 'ingest'; readonly tenant: string; readonly body: IngestBody }
  | { readonly kind: 'traces'; readonly tenant: string; readonly filter: TraceFilter }
  | { readonly kind: 'trace'; readonly tenant: string; readonly traceId: string }
  | { readonly kind: 'sessions'; readonly tenant: string; readonly limit: number; readonly cursor?: string }
  | { readonly kind: 'feedback'; readonly tenant: string; readonly feedback: Feedback }
  | { readonly kind: 'remove'; readonly tenant: string; readonly traceId: string }
  /** Of all tenants where none is named. */
  | { readonly kind: 'summary'; readonly sinceMs: number; readonly tenant?: string }
  | { readonly kind: 'save'; readonly name: string; readonly text: string }
  | { readonly kind: 'load'; readonly name: string }

/** `bad` is the asker's fault, `missing` is not there, `busy` may be asked again, `failed` is the store's fault. */
export interface RunRefusal {
  readonly kind: 'bad' | 'missing' | 'busy' | 'failed'
  readonly reason: string
}

export interface KeepingRules {
  readonly payloads: KeepRules
  /** Traces older than this are removed, ms; never where it is absent. */
  readonly keepForMs?: number
  /** The age of the ledger's previews, which the gateway's own traces hold, ms. */
  readonly previewsForMs?: number
}

export interface RunStoreSetup {
  readonly dir: string
  readonly keeping: KeepingRules
  /** Whether the traces of the gateway's own requests are told to the main thread, for exporters. */
  readonly tellsRuns: boolean
}

export type ToWorker =
  | { readonly id: number; readonly question: RunQuestion }
  | { readonly keeping: KeepingRules }
  | 'close'

export type FromWorker =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** `json` is the answer as it goes to the asker. */
  | { readonly kind: 'answer'; readonly id: number; readonly json: string }
  | { readonly kind: 'refusal'; readonly id: number; readonly refusal: RunRefusal }
  /** JSON of a list of runs of one trace. */
  | { readonly kind: 'traced'; readonly json: string }
  | { readonly kind: 'closed' }
