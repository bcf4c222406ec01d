/** Finished answers as files of a folder, each written whole or not at all, so that a killed analysis goes on where it was. */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseJson } from '../../base/text.ts'
import type { StageCache } from './stage-desk.ts'

/** Made with the first answer. What cannot be read or written is as if it were not there: it is only asked again. */
export function openStageFolder(dir: string): StageCache {
  let count = 0
  return {
    async get(key) {
      try {
        return parseJson(await readFile(join(dir, `${key}.json`), 'utf8'))
      } catch {
        return undefined
      }
    },
    async put(key, answer) {
      count += 1
      const part = join(dir, `${key}.${process.pid}-${count}.part`)
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 })
        await writeFile(part, JSON.stringify(answer), { mode: 0o600 })
        await rename(part, join(dir, `${key}.json`))
      } catch {
        await rm(part, { force: true }).catch(() => {})
      }
    },
  }
}
