/** Seals secrets for the disk: AES-256-GCM under a key made from the installation's (RFC 5869, NIST SP 800-38D). */

import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { done, failed, type Outcome } from '../../base/outcome.ts'

export interface Sealer {
  /** `bound` names what the secret belongs to; it opens for that and for nothing else. */
  seal(secret: string, bound: string): string
  open(sealed: string, bound: string): Outcome<string, 'other-key' | 'not-bound'>
}

const nonceBytes = 12

export function createSealer(installationKey: Buffer): Sealer {
  const key = Buffer.from(hkdfSync('sha256', installationKey, '', 'adaptive-mind secrets', 32))
  /** Tells which key sealed, so that a lost installation key is not taken for damage. */
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8)
  return {
    seal(secret, bound) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return ['v1', keyId, Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')].join(':')
    },
    open(sealed, bound) {
      const [version, sealedBy, body = ''] = sealed.split(':')
      if (version !== 'v1' || sealedBy !== keyId) return failed('other-key')
      const bytes = Buffer.from(body, 'base64')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
          authTagLength: 16,
        })
        decipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + 16))
        const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + 16)), decipher.final()])
        return done(text.toString('utf8'))
      } catch {
        return failed('not-bound')
      }
    },
  }
}
