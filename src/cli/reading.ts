/** Opens the ledger for a command that reads, and closes it. */

import { type JournalReader, openLedgerReader } from '../record/ledger-reader.ts'
import { type CommonOptions, complain, dataDirectory } from './options.ts'

/** The exit code of `read`, or 1 where there is nothing to read. */
export function reading(options: CommonOptions, read: (reader: JournalReader) => number): number {
  const reader = openLedgerReader(dataDirectory(options))
  if (!reader.ok) {
    complain(reader.fault)
    return 1
  }
  try {
    return read(reader.value)
  } catch (error) {
    complain(
      `${dataDirectory(options)} cannot be read to its end: ${error instanceof Error ? error.message : String(error)}`,
    )
    return 1
  } finally {
    reader.value.close()
  }
}
