/** The data directory and the keys that belong to this installation. */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const journalFile = (dir: string) => join(dir, 'journal.sqlite')
export const aheadFile = (dir: string) => join(dir, 'ahead.log')
export const eventsFile = (dir: string) => join(dir, 'events.sqlite')
export const checkpointsFile = (dir: string) => join(dir, 'checkpoints.ndjson')
const checkpointKeyFile = (dir: string) => join(dir, 'checkpoint.key')
const installationKeyFile = (dir: string) => join(dir, 'installation.key')

/** Makes the directory and its key where they are missing. Throws where the disk refuses. */
export function openInstallation(dir: string): Buffer {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const key = readInstallationKey(dir)
  if (key) return key
  const made = randomBytes(32)
  writeFileSync(installationKeyFile(dir), `${made.toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  return made
}

/** Undefined where there is none; throws where it is there and is not a key, for a new one would make old hashes useless. */
export function readInstallationKey(dir: string): Buffer | undefined {
  const text = readIfThere(installationKeyFile(dir))?.trim()
  if (text === undefined) return undefined
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new Error(`${installationKeyFile(dir)} does not hold a key of 32 bytes in hex: restore it`)
  return Buffer.from(text, 'hex')
}

/** The Ed25519 key that signs checkpoints; made where it is missing. */
export function openCheckpointKey(dir: string): KeyObject {
  const text = readIfThere(checkpointKeyFile(dir))
  if (text !== undefined) return createPrivateKey(text)
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(checkpointKeyFile(dir), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
    flag: 'wx',
  })
  return privateKey
}

/** The public half, or undefined where no gateway has made one yet. */
export function readCheckpointPublicKey(dir: string): KeyObject | undefined {
  const text = readIfThere(checkpointKeyFile(dir))
  return text === undefined ? undefined : createPublicKey(text)
}

/** A file where the directory should be has nothing in it either. */
const isAbsence = (code: unknown) => code === 'ENOENT' || code === 'ENOTDIR'

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && isAbsence(error.code)) return undefined
    throw error
  }
}
