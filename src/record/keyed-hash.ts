/** HMAC-SHA256 with a key that is used often: its two padded blocks are hashed once and copied for each text (RFC 2104). */

import { createHash, hash as hashOnce } from 'node:crypto'

export interface OpenHash {
  update(text: string): void
  /** Hex; call once. */
  digest(): string
}

export interface KeyedHash {
  open(): OpenHash
}

const blockBytes = 64

/** `key` has at most 64 bytes. */
export function prepareHmac(key: Uint8Array): KeyedHash {
  const inner = createHash('sha256').update(padded(key, 0x36))
  const outer = createHash('sha256').update(padded(key, 0x5c))
  return {
    open() {
      const hash = inner.copy()
      return {
        update: (text) => void hash.update(text),
        digest: () => outer.copy().update(hash.digest()).digest('hex'),
      }
    },
  }
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(blockBytes).fill(pad)
  for (const [at, byte] of key.entries()) block[at] = byte ^ pad
  return block
}

/** Commits to a text without telling it: `SHA-256(salt ‖ text)`, hex. The salt has a fixed length, so the two cannot run together. */
export function commitTo(text: string, salt: string): string {
  return hashOnce('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(text)]), 'hex')
}
