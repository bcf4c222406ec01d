/** Files that callers hand in and batches write: each with a note of whose it is and when it ends. */

import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { reasonOf } from '../../base/reason.ts'
import { type NoteFolder, openNoteFolder } from './note-folder.ts'

export interface FileNote {
  /** `file-…` */
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly purpose: 'batch' | 'batch_output'
  readonly bytes: number
  readonly createdAtMs: number
  /** Absent means never. */
  readonly expiresAtMs?: number
}

export type Kept =
  | { readonly ok: true; readonly note: FileNote }
  | { readonly ok: false; readonly because: string }

export interface FileStore {
  /** Takes a stream to its end; one that is longer than `maxBytes`, or breaks, leaves nothing behind. */
  take(
    about: Pick<FileNote, 'tenant' | 'name' | 'expiresAtMs'>,
    content: Readable & { readonly truncated?: boolean },
  ): Promise<Kept>
  /** A new id for a file that a batch will write. */
  reserve(): string
  /** Makes what a batch has written a file of its tenant; undefined where nothing was written. */
  adopt(id: string, about: Pick<FileNote, 'tenant' | 'name' | 'expiresAtMs'>): Promise<FileNote | undefined>
  get(id: string): FileNote | undefined
  /** Of one tenant, the newest first. */
  list(tenant: string): readonly FileNote[]
  read(id: string): Readable
  path(id: string): string
  remove(id: string): Promise<void>
  /** Removes what has ended; returns how many files that were. */
  sweep(): Promise<number>
}

/** At once: a stream that breaks before it is read would end the process. */
async function takeInto(part: string, content: Readable, notes: Pick<NoteFolder<FileNote>, 'make'>) {
  notes.make()
  await pipeline(content, createWriteStream(part, { mode: 0o600 }))
}

/** Throws where the folder cannot be read. */
export function openFileStore(dataDir: string, clock: Pick<Clock, 'wallMs'>): FileStore {
  const notes: NoteFolder<FileNote> = openNoteFolder(join(dataDir, 'files'))
  const newId = () => makeId('file', clock.wallMs()).replace('_', '-')
  const isLive = ({ expiresAtMs }: FileNote) => expiresAtMs === undefined || expiresAtMs > clock.wallMs()
  const remove = async (id: string) => {
    await notes.remove(id)
    await rm(notes.path(id), { force: true })
  }
  const enter = async (note: FileNote) => {
    await notes.put(note)
    return note
  }
  return {
    reserve: newId,
    path: notes.path,
    read: (id) => createReadStream(notes.path(id)),
    remove,
    get(id) {
      const note = notes.get(id)
      return note && isLive(note) ? note : undefined
    },
    list: (tenant) => notes.all().filter((note) => note.tenant === tenant && isLive(note)),
    async take(about, content) {
      const id = newId()
      const part = notes.path(`${id}.part`)
      const because = await takeInto(part, content, notes).then(
        () => (content.truncated ? 'too_large' : undefined),
        reasonOf,
      )
      if (because !== undefined) {
        await rm(part, { force: true })
        return { ok: false, because }
      }
      await rename(part, notes.path(id))
      const { size: bytes } = await stat(notes.path(id))
      const createdAtMs = clock.wallMs()
      return { ok: true, note: await enter({ id, ...about, purpose: 'batch', bytes, createdAtMs }) }
    },
    async adopt(id, about) {
      const bytes = await stat(notes.path(id)).then(
        ({ size }) => size,
        () => 0,
      )
      if (bytes === 0) return undefined
      return enter({ id, ...about, purpose: 'batch_output', bytes, createdAtMs: clock.wallMs() })
    },
    async sweep() {
      const over = notes.all().filter((note) => !isLive(note))
      for (const { id } of over) await remove(id)
      return over.length
    },
  }
}
