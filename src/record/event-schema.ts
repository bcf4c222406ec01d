/** Tables of the event store, and what its worker and the main thread say to each other. */

export const eventMigrations: readonly string[] = [
  `
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  at_utc TEXT NOT NULL,
  topic TEXT NOT NULL,
  severity TEXT NOT NULL,
  request_id TEXT,
  json TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (at_utc);
CREATE INDEX events_by_topic ON events (topic, at_utc);
CREATE INDEX events_by_request ON events (request_id) WHERE request_id IS NOT NULL;
`,
]

/** Texts that stand for one event, in the order of the columns. */
export const eventColumns = 6

export interface EventSetup {
  readonly path: string
  readonly eventsForMs?: number
  readonly eventsMaxBytes?: number
  readonly everyMs: number
}

export interface EventBatch {
  readonly id: number
  readonly texts: readonly (string | null)[]
}

export type EventReply =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'answered'; readonly id: number; readonly fault?: string }
  /** So many events were removed for their age or for want of room. */
  | { readonly kind: 'aged'; readonly removed: number; readonly beforeUtc: string }
  | { readonly kind: 'closed' }
