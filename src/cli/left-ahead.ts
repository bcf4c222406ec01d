/** Tells who reads the ledger what it lacks: the last lines of a process that died, which the next start enters. */

import { readAhead } from '../record/ahead-file.ts'
import { aheadFile } from '../record/data-directory.ts'
import { readEntryLine } from '../record/journal-port.ts'
import { isWriterThere } from '../record/journal-store.ts'
import type { JournalReader } from '../record/ledger-reader.ts'

/** One line; undefined where nothing is missing, or a running process is about to enter it. */
export function leftAheadText(dir: string, reader: Pick<JournalReader, 'show'>): string | undefined {
  const { entries, intents } = readAhead(aheadFile(dir))
  if (entries.length + intents.size === 0 || isWriterThere(dir)) return undefined
  const isMissing = (requestId: string) => reader.show(requestId) === undefined
  const ended = entries.map((line) => readEntryLine(line).columns[0] ?? '').filter(isMissing)
  const running = [...intents.keys()].filter(
    (requestId) => isMissing(requestId) && !ended.includes(requestId),
  )
  if (ended.length + running.length === 0) return undefined
  return `not shown yet: ${ended.length} ended and ${running.length} running requests of a process that died; the next start enters them`
}
