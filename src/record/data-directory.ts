/** The data directory and the key that belongs to this installation. */

import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const journalFile = (dir: string) => join(dir, 'journal.sqlite')

/** Makes the directory and its key where they are missing. Throws where the disk refuses. */
export function openInstallation(dir: string): Buffer {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'installation.key')
  try {
    return Buffer.from(readFileSync(path, 'utf8').trim(), 'hex')
  } catch {
    const key = randomBytes(32)
    writeFileSync(path, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    return key
  }
}
