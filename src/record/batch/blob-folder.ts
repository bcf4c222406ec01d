/** A folder of finished results that are too large to be kept in memory: one file each, written whole or not at all. */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface BlobFolder {
  /** Resolves when it is on disk; rejects where that is not possible. */
  put(id: string, bytes: Uint8Array): Promise<void>
  /** Undefined where there is none. */
  get(id: string): Promise<Uint8Array | undefined>
  remove(id: string): Promise<void>
}

/** The folder is made with the first result. */
export function openBlobFolder(dir: string): BlobFolder {
  const pathOf = (id: string) => join(dir, `${id}.json`)
  return {
    async put(id, bytes) {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      await writeFile(`${pathOf(id)}.part`, bytes, { mode: 0o600 })
      await rename(`${pathOf(id)}.part`, pathOf(id))
    },
    get: (id) => readFile(pathOf(id)).catch(() => undefined),
    remove: (id) => rm(pathOf(id), { force: true }),
  }
}
