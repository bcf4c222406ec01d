/** What batches are run with, and the one way in which their state moves on. */

import type { Clock } from '../../base/clock.ts'
import type { Caller } from '../../protocol/access.ts'
import type { BatchNote, BatchStatus } from '../../record/batch/batch-note.ts'
import type { FileStore } from '../../record/batch/file-store.ts'
import type { NoteFolder } from '../../record/batch/note-folder.ts'
import type { RunOptions } from './run-lines.ts'

export interface BatchSettings {
  /** Lines of one batch that are asked at once. */
  readonly concurrency: number
  readonly maxLines: number
  /** How long files of batches are kept, ms. */
  readonly keptForMs: number
}

export interface DeskParts {
  readonly files: FileStore
  readonly notes: NoteFolder<BatchNote>
  readonly settings: () => BatchSettings
  readonly clock: Clock
  /** How the lines of a caller are asked. */
  readonly askerFor: (caller: Caller) => RunOptions['ask']
  readonly onProblem: (line: string) => void
}

/** A batch on its way: how to stop it, and when it has stopped. */
export interface Running {
  /** No line is begun any more. */
  readonly stop: AbortController
  /** Lines that run are ended, and run again later. */
  readonly cut: AbortController
  readonly ended: Promise<void>
}

export function inStatus(note: BatchNote, status: BatchStatus, nowMs: number): BatchNote {
  return note.status === status ? note : { ...note, status, atMs: { ...note.atMs, [status]: nowMs } }
}
