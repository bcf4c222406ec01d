/** Whole texts under a key of their tenant: unreadable without the installation's key. */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { isRecord, parseJson } from '../base/text.ts'
import type { LedgerContent } from '../protocol/ledger-entry.ts'

export interface ContentBox {
  /** Base64 of nonce (12 bytes), tag (16) and the AES-256-GCM ciphertext, bound to the request. */
  seal(content: LedgerContent, about: { readonly tenant: string; readonly requestId: string }): string
  /** Undefined where it was sealed with another key, for another request, or was changed. */
  open(
    sealed: string,
    about: { readonly tenant: string; readonly requestId: string },
  ): LedgerContent | undefined
}

const nonceBytes = 12
const tagBytes = 16

export function createContentBox(installationKey: Buffer): ContentBox {
  const keys = new Map<string, Buffer>()
  const keyOf = (tenant: string) => {
    const known = keys.get(tenant)
    if (known) return known
    const made = Buffer.from(hkdfSync('sha256', installationKey, '', `adaptive-mind content ${tenant}`, 32))
    keys.set(tenant, made)
    return made
  }
  return {
    seal(content, { tenant, requestId }) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', keyOf(tenant), nonce).setAAD(Buffer.from(requestId))
      const text = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')
    },
    open(sealed, { tenant, requestId }) {
      const bytes = Buffer.from(sealed, 'base64')
      const textStart = nonceBytes + tagBytes
      if (bytes.length < textStart) return undefined
      const cipher = createDecipheriv('aes-256-gcm', keyOf(tenant), bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(requestId))
        .setAuthTag(bytes.subarray(nonceBytes, textStart))
      try {
        const value = parseJson(
          `${cipher.update(bytes.subarray(textStart), undefined, 'utf8')}${cipher.final('utf8')}`,
        )
        return isRecord(value) ? (value as unknown as LedgerContent) : undefined
      } catch {
        return undefined
      }
    },
  }
}
