/** The ledger as lines for other programs: NDJSON with its checkpoints, or CSV. */

import type { LedgerEntry, LedgerRow } from '../protocol/ledger-entry.ts'
import type { SignedCheckpoint } from './checkpoint.ts'

/** The entry's text with its hash as last field: taken away again, it is the text that was hashed. */
export const exportLine = ({ json, hash }: LedgerRow) => `${json.slice(0, -1)},"hash":"${hash}"}`

/** Each entry, and each checkpoint behind the entry it covers. */
export function* exportLines(
  rows: Iterable<LedgerRow>,
  checkpoints: readonly SignedCheckpoint[],
): Generator<string, void> {
  const bySize = Map.groupBy(checkpoints, ({ size }) => size)
  for (const row of rows) {
    yield exportLine(row)
    for (const checkpoint of bySize.get(row.seq) ?? []) yield JSON.stringify({ checkpoint })
  }
}

type Cell = string | number | boolean | undefined

const columns: readonly [name: string, of: (entry: LedgerEntry) => Cell][] = [
  ['seq', ({ seq }) => seq],
  ['atUtc', ({ atUtc }) => atUtc],
  ['requestId', ({ requestId }) => requestId],
  ['tenant', ({ tenant }) => tenant],
  ['route', ({ route }) => route],
  ['outcome', ({ outcome }) => outcome],
  ['finalProvider', ({ finalProvider }) => finalProvider],
  ['finalModel', ({ finalModel }) => finalModel],
  ['simulated', ({ simulated }) => simulated],
  ['stream', ({ stream }) => stream],
  ['attempts', ({ totalApiCalls }) => totalApiCalls],
  ['totalLatencyMs', ({ totalLatencyMs }) => totalLatencyMs],
  ['timeToFirstTokenMs', ({ timeToFirstTokenMs }) => timeToFirstTokenMs],
  ['inputTokens', ({ usage }) => usage?.input],
  ['outputTokens', ({ usage }) => usage?.output],
  ['estimatedCostUsd', ({ estimatedCostUsd }) => estimatedCostUsd],
  ['resilienceScore', ({ resilienceScore }) => resilienceScore],
  ['error', ({ error }) => error?.code],
  ['metadata', ({ metadata }) => JSON.stringify(metadata)],
  ['hash', ({ hash }) => hash],
]

export const csvHeader = columns.map(([name]) => name).join(',')

export const csvLine = (entry: LedgerEntry) => columns.map(([, of]) => cell(of(entry))).join(',')

/** RFC 4180; a text that a spreadsheet would take for a formula begins with an apostrophe. */
function cell(value: Cell): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
