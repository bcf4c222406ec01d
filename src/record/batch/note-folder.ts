/** A folder of notes: one JSON file each, written whole or not at all, and all of them in memory. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord, parseJson } from '../../base/text.ts'

export interface Note {
  readonly id: string
}

export interface NoteFolder<Kept extends Note> {
  /** Undefined where there is none. */
  get(id: string): Kept | undefined
  /** The newest first: ids begin with their time. */
  all(): readonly Kept[]
  /** In memory at once; resolves when it is on disk. */
  put(note: Kept): Promise<void>
  /** In memory alone: the state of something that is told again when it has ended. */
  hold(note: Kept): void
  remove(id: string): Promise<void>
  /** Resolves when everything so far is on disk, or could not be written. */
  written(): Promise<void>
  /** Makes the folder at once; throws where that is not possible. */
  make(): void
  /** Where files that belong to a note may lie. */
  path(name: string): string
}

const suffix = '.note.json'

/** The folder is made with the first note. Notes that cannot be read are passed over. Throws where the folder cannot be read. */
export function openNoteFolder<Kept extends Note>(dir: string): NoteFolder<Kept> {
  const notes = new Map<string, Kept>()
  for (const name of existsSync(dir) ? readdirSync(dir).sort() : []) {
    if (!name.endsWith(suffix)) {
      if (name.endsWith('.part')) rmSync(join(dir, name), { force: true })
      continue
    }
    const note = parseJson(readFileSync(join(dir, name), 'utf8'))
    if (isRecord(note) && typeof note['id'] === 'string') notes.set(note['id'], note as unknown as Kept)
  }
  let last: Promise<void> = Promise.resolve()
  /** One after the other, so that an older state never replaces a newer one. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
  return {
    get: (id) => notes.get(id),
    all: () => [...notes.values()].sort((one, other) => (one.id < other.id ? 1 : -1)),
    path: (name) => join(dir, name),
    make: () => void mkdirSync(dir, { recursive: true, mode: 0o700 }),
    hold: (note) => void notes.set(note.id, note),
    put(note) {
      notes.set(note.id, note)
      const path = join(dir, note.id + suffix)
      return inTurn(async () => {
        await mkdir(dir, { recursive: true, mode: 0o700 })
        await writeFile(`${path}.part`, JSON.stringify(note), { mode: 0o600 })
        await rename(`${path}.part`, path)
      })
    },
    remove(id) {
      notes.delete(id)
      return inTurn(() => rm(join(dir, id + suffix), { force: true }))
    },
    written: () => last,
  }
}
