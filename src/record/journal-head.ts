/** What the writer notes as its last entry, under a key of the installation: shows that the newest entries were cut off. */

import { hkdfSync } from 'node:crypto'
import { type KeyedHash, prepareHmac } from './keyed-hash.ts'

export interface Head {
  readonly seq: number
  readonly hash: string
}

export interface HeadSeal {
  /** The text that is stored. */
  seal(journalId: string, head: Head): string
  /** Undefined where the text was not sealed with this key for this journal. */
  open(journalId: string, text: string): Head | undefined
}

export function createHeadSeal(installationKey: Buffer): HeadSeal {
  const key = Buffer.from(hkdfSync('sha256', installationKey, '', 'adaptive-mind ledger head', 32))
  const keyed: KeyedHash = prepareHmac(key)
  const seal = (journalId: string, { seq, hash }: Head) =>
    `${seq} ${hash} ${keyed.of(`${journalId} ${seq} ${hash}`)}`
  return {
    seal,
    open(journalId, text) {
      const [seq, hash = ''] = text.split(' ')
      const head = { seq: Number(seq), hash }
      return seal(journalId, head) === text ? head : undefined
    },
  }
}
