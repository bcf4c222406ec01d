/** Makes virtual keys, and the digest that is all that is remembered of one. */

import { hash, randomBytes } from 'node:crypto'
import type { KeyDigest } from '../../protocol/access.ts'

export const keyPrefix = 'am-'

/** `am-` and 128 random bits in hex. */
export function makeVirtualKey(): string {
  return keyPrefix + randomBytes(16).toString('hex')
}

/** SHA-256 over the whole text as it was presented, hex. */
export function digestOf(key: string): KeyDigest {
  return hash('sha256', key, 'hex')
}

/** As it stands in a configuration file: `sha256:` and 64 hex digits. */
export function readDigest(text: string): KeyDigest | undefined {
  return /^sha256:([0-9a-f]{64})$/i.exec(text)?.[1]?.toLowerCase()
}
