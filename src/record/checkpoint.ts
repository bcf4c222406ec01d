/** A checkpoint: how long the ledger was and what its last hash was, signed, to be kept where the gateway cannot rewrite it. */

import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { isRecord, parseJson } from '../base/text.ts'

export interface Checkpoint {
  readonly journalId: string
  /** Number of the last entry it covers. */
  readonly size: number
  /** Hash of that entry, hex. */
  readonly root: string
  readonly atUtc: string
}

export interface SignedCheckpoint extends Checkpoint {
  /** The public key, 32 bytes in hex. */
  readonly key: string
  /** Ed25519 over `checkpointText`, 64 bytes in hex. */
  readonly signature: string
}

/** What is signed: five lines, each ended by LF. */
export function checkpointText({ journalId, size, root, atUtc }: Checkpoint): string {
  return `adaptive-mind checkpoint 1\n${journalId}\n${size}\n${root}\n${atUtc}\n`
}

export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): SignedCheckpoint {
  return {
    ...checkpoint,
    key: publicKeyHex(createPublicKey(privateKey)),
    signature: sign(null, Buffer.from(checkpointText(checkpoint)), privateKey).toString('hex'),
  }
}

/** True where `publicKey` (hex) signed it. */
export function isSignedBy(checkpoint: SignedCheckpoint, publicKey: string): boolean {
  try {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey, 'hex').toString('base64url') },
      format: 'jwk',
    })
    return verify(
      null,
      Buffer.from(checkpointText(checkpoint)),
      key,
      Buffer.from(checkpoint.signature, 'hex'),
    )
  } catch {
    return false
  }
}

/** The raw public key, 32 bytes in hex: the form that other programs take. */
export function publicKeyHex(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
}

/** One line of a checkpoint file; undefined where it is none. */
export function readCheckpoint(line: string): SignedCheckpoint | undefined {
  const value = parseJson(line)
  if (!isRecord(value)) return undefined
  const { journalId, size, root, atUtc, key, signature } = value
  const texts = [journalId, root, atUtc, key, signature]
  if (!Number.isInteger(size) || texts.some((text) => typeof text !== 'string')) return undefined
  return { journalId, size, root, atUtc, key, signature } as SignedCheckpoint
}
