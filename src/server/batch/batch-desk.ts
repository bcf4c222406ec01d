/** Takes batches in, runs them one after the other beside the calls of the day, and goes on with them after a restart. */

import { makeId } from '../../base/ids.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Caller } from '../../protocol/access.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { type BatchNote, isOver } from '../../record/batch/batch-note.ts'
import { tenantOf } from '../access/decide.ts'
import { type DeskParts, inStatus, type Running } from './batch-parts.ts'
import { runBatch } from './run-batch.ts'

export interface NewBatch {
  readonly inputFileId: string
  readonly endpoint: string
  readonly completionWindow: string
  readonly metadata?: Readonly<Record<string, string>>
}

export interface BatchDesk {
  create(caller: Caller, wanted: NewBatch): Promise<Outcome<BatchNote, Fault>>
  /** Undefined where the tenant has none of this id. */
  get(tenant: string, id: string): BatchNote | undefined
  list(tenant: string): readonly BatchNote[]
  cancel(tenant: string, id: string): Promise<Outcome<BatchNote, Fault>>
  /** Cuts off what runs; it goes on with the next start. */
  close(): Promise<void>
}

export const windowMs = 86_400_000

export function openBatchDesk(parts: DeskParts): BatchDesk {
  const { notes, clock, onProblem } = parts
  const running = new Map<string, Running>()
  const begin = (note: BatchNote) => {
    const stop = new AbortController()
    const cut = new AbortController()
    const ended = runBatch(parts, note.id, { stop, cut })
      .catch((error: unknown) => onProblem(`batch ${note.id} stands still: ${String(error)}`))
      .finally(() => running.delete(note.id))
    running.set(note.id, { stop, cut, ended })
  }
  for (const note of notes.all()) if (!isOver(note)) begin(note)
  const ofTenant = (tenant: string, id: string) => {
    const note = notes.get(id)
    return note?.tenant === tenant ? note : undefined
  }
  return {
    get: ofTenant,
    list: (tenant) => notes.all().filter((note) => note.tenant === tenant),
    async create(caller, wanted) {
      const made = newNote(parts, caller, wanted)
      if (!made.ok) return made
      await notes.put(made.value)
      begin(made.value)
      return made
    },
    async cancel(tenant, id) {
      const note = ofTenant(tenant, id)
      if (note === undefined) return failed(makeFault('unknown_object', 'there is no such batch'))
      if (isOver(note)) return failed(makeFault('conflict', `the batch is ${note.status} already`))
      const cancelling = inStatus(note, 'cancelling', clock.wallMs())
      await notes.put(cancelling)
      running.get(id)?.stop.abort()
      return done(cancelling)
    },
    async close() {
      for (const { stop, cut } of running.values()) {
        stop.abort()
        cut.abort()
      }
      await Promise.all([...running.values()].map(({ ended }) => ended))
    },
  }
}

/** A fault where the caller's tenant has no such file. */
function newNote({ files, clock }: DeskParts, caller: Caller, wanted: NewBatch): Outcome<BatchNote, Fault> {
  const tenant = tenantOf(caller)
  const file = files.get(wanted.inputFileId)
  if (file?.tenant !== tenant || file.purpose !== 'batch')
    return failed(
      makeFault('unknown_object', 'there is no such file for batches', { param: 'input_file_id' }),
    )
  const nowMs = clock.wallMs()
  return done({
    id: makeId('batch', nowMs),
    caller,
    tenant,
    ...wanted,
    status: 'validating',
    mistakes: [],
    outputFileId: files.reserve(),
    errorFileId: files.reserve(),
    total: 0,
    completed: 0,
    failed: 0,
    atMs: { created: nowMs, validating: nowMs, expires: nowMs + windowMs },
  })
}
