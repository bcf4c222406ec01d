/** HMAC-SHA256 with a key that is used often, and salted commitments: one call into the hash for each block of bytes (RFC 2104). */

import { createHash, type Hash, hash as hashOnce } from 'node:crypto'

export interface OpenHash {
  update(text: string): void
  /** Hex; call once. */
  digest(): string
}

export interface KeyedHash {
  /** Hex, over one text. */
  of(text: string): string
  /** For a text that comes in pieces. */
  open(): OpenHash
}

const blockBytes = 64
const digestBytes = 32
/** Texts up to this many UTF-16 units are laid behind the key's block in one reused buffer. */
const scratchUnits = 16_384
const scratch = Buffer.alloc(blockBytes + scratchUnits * 3)

/** `key` has at most 64 bytes. */
export function prepareHmac(key: Uint8Array): KeyedHash {
  const innerBlock = padded(key, 0x36)
  const inner = createHash('sha256').update(innerBlock)
  const outer = Buffer.concat([padded(key, 0x5c), Buffer.alloc(digestBytes)])
  // Bytes come as text of one unit each: a buffer of its own for each of them costs more.
  const finish = (innerDigest: string) => {
    outer.write(innerDigest, blockBytes, 'binary')
    return hashOnce('sha256', outer, 'hex')
  }
  const open = (): OpenHash => {
    const hash: Hash = inner.copy()
    return { update: (text) => void hash.update(text), digest: () => finish(hash.digest('binary')) }
  }
  return {
    open,
    of(text) {
      if (text.length > scratchUnits) return finish(inner.copy().update(text).digest('binary'))
      scratch.set(innerBlock)
      const end = blockBytes + scratch.write(text, blockBytes)
      return finish(hashOnce('sha256', scratch.subarray(0, end), 'binary'))
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
  if (text.length > scratchUnits)
    return hashOnce('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(text)]), 'hex')
  const saltEnd = scratch.write(salt, 0, 'hex')
  return hashOnce('sha256', scratch.subarray(0, saltEnd + scratch.write(text, saltEnd)), 'hex')
}
