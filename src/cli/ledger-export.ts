/** `ledger export`: every entry, as lines that another program can check, or as a table. */

import { writeSync } from 'node:fs'
import { parseJson } from '../base/text.ts'
import type { LedgerEntry, LedgerRow } from '../protocol/ledger-entry.ts'
import { checkpointsFile } from '../record/data-directory.ts'
import { csvHeader, csvLine, exportLines } from '../record/ledger-export.ts'
import type { JournalReader } from '../record/ledger-reader.ts'
import { readCheckpoints } from './ledger-verify.ts'
import { type CommonOptions, complain, dataDirectory } from './options.ts'
import { readingAll } from './reading.ts'

export interface ExportOptions extends CommonOptions {
  readonly format: string
  readonly checkpoints?: string
}

export function ledgerExport(options: ExportOptions): number {
  const { format } = options
  if (format !== 'ndjson' && format !== 'csv') {
    complain(`--format must be ndjson or csv, not "${format}"`)
    return 2
  }
  const own = checkpointsFile(dataDirectory(options))
  const checkpoints = readCheckpoints(options.checkpoints ?? own, options.checkpoints)
  if (!checkpoints.ok) {
    complain(checkpoints.fault)
    return 2
  }
  return readingAll(options, (readers) => {
    const rows = eachOf(readers)
    writeLines(format === 'csv' ? csvLines(rows) : exportLines(rows, checkpoints.value))
    return 0
  })
}

/** One journal after the other: each is a chain of its own. */
function* eachOf(readers: readonly JournalReader[]): Generator<LedgerRow, void> {
  for (const reader of readers) yield* reader.each()
}

/** Requests only: what the ledger notes of itself has no columns here. */
function* csvLines(rows: Iterable<LedgerRow>): Generator<string, void> {
  yield csvHeader
  for (const { json, hash } of rows) {
    const entry = parseJson(json) as LedgerEntry | { readonly kind: 'audit' }
    if (!('kind' in entry)) yield csvLine({ ...entry, hash })
  }
}

const blockCharacters = 65_536

/** Written as it is made, so that a long ledger needs no memory of its size. A reader that has enough ends it. */
function writeLines(lines: Iterable<string>): void {
  let block = ''
  for (const line of lines) {
    block += `${line}\n`
    if (block.length < blockCharacters) continue
    if (!writeAll(block)) return
    block = ''
  }
  writeAll(block)
}

function writeAll(text: string): boolean {
  let bytes = Buffer.from(text)
  while (bytes.length > 0)
    try {
      bytes = bytes.subarray(writeSync(1, bytes))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code === 'EPIPE') return false
      // A pipe whose reader is slow.
      if (code !== 'EAGAIN') throw error
    }
  return true
}
