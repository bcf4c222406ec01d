/** Opens the ledger for a command that reads, and closes it. */

import { reasonOf } from '../base/reason.ts'
import { type JournalReader, openLedgerReader } from '../record/ledger-reader.ts'
import { leftAheadText } from './left-ahead.ts'
import { type CommonOptions, complain, dataDirectory } from './options.ts'
import { journalDirs } from './workers/worker-dirs.ts'

/** The exit code of `read`, or 1 where there is nothing to read. */
export function reading(options: CommonOptions, read: (reader: JournalReader) => number): number {
  const reader = openLedgerReader(dataDirectory(options))
  if (!reader.ok) {
    complain(reader.fault)
    return 1
  }
  try {
    const missing = leftAheadText(dataDirectory(options), reader.value)
    if (missing) complain(missing)
    return read(reader.value)
  } catch (error) {
    complain(`${dataDirectory(options)} cannot be read to its end: ${reasonOf(error)}`)
    return 1
  } finally {
    reader.value.close()
  }
}

/** As `reading`, with the journals of all workers, the data directory's own first. */
export function readingAll(
  options: CommonOptions,
  read: (readers: readonly JournalReader[]) => number,
): number {
  const [, ...others] = journalDirs(dataDirectory(options))
  const collect = (dirs: readonly string[], readers: readonly JournalReader[]): number => {
    const [dir, ...rest] = dirs
    if (dir === undefined) return read(readers)
    return reading({ ...options, data: dir }, (reader) => collect(rest, [...readers, reader]))
  }
  return reading(options, (reader) => collect(others, [reader]))
}
