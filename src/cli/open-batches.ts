/** Opens the files and batches of the data directory, and goes on with what the last process left. */

import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { BatchNote } from '../record/batch/batch-note.ts'
import { openFileStore } from '../record/batch/file-store.ts'
import { openNoteFolder } from '../record/batch/note-folder.ts'
import { lineAsker } from '../server/batch/ask-line.ts'
import { openBatchDesk } from '../server/batch/batch-desk.ts'
import type { BatchOffice } from '../server/batch/batch-routes.ts'
import { inboundAdapters } from './adapters.ts'
import type { OpenWorks } from './open-works.ts'

export interface OpenBatches {
  readonly office: BatchOffice
  /** What runs is cut off and goes on with the next start. */
  close(): Promise<void>
}

const sweepEveryMs = 3_600_000
const dayMs = 86_400_000

export function openBatches(
  dataDir: string,
  { config, engine, serving, log }: Pick<OpenWorks, 'config' | 'engine' | 'serving' | 'log'>,
  clock: Clock,
): OpenBatches {
  const files = openFileStore(dataDir, clock)
  const { rates } = serving
  const settings = () => {
    const { concurrency, maxLines, maxFileBytes, keepDays } = config().batch
    return { concurrency, maxLines, maxFileBytes, keptForMs: keepDays * dayMs }
  }
  const desk = openBatchDesk({
    files,
    notes: openNoteFolder<BatchNote>(join(dataDir, 'batches')),
    settings,
    clock,
    askerFor: (caller) => lineAsker({ config, engine, clock, rates, inbound: inboundAdapters }, caller),
    onProblem: log.warn,
  })
  let cancel = () => {}
  const sweep = () => {
    void files.sweep()
    cancel = clock.after(sweepEveryMs, sweep)
  }
  sweep()
  return {
    office: { files, desk, settings },
    close() {
      cancel()
      return desk.close()
    },
  }
}
