/** The text of a streamed answer as it is said: hashed, and kept for its preview and for whoever may have to go on with it. */

import { partsPair } from '../../base/text.ts'
import type { Notary, TextHash } from './engine-port.ts'

export interface Transcript {
  add(text: string): void
  /** What was said so far; undefined where it became too long to be kept. */
  text(): string | undefined
  /** Its first characters, for people. */
  start(): string
  /** The digest of all of it; call once. */
  digest(): string
}

/** Characters kept for the preview. */
const startUnits = 4_096
/** Beyond so many characters an answer is not kept for recovery. */
const recoverableUnits = 400_000
/** A text put together of pieces is one object more for each, which the collector moves about until the text is read as one. */
const lotUnits = 64
/** Each call into the hash costs more than the few letters of a token. */
const hashedUnits = 1_024

/** Hashes for the tenant whose answer it is. */
export type TextHasher = Pick<Notary, 'hashText' | 'openTextHash'>

export const openTranscript = (hasher: TextHasher, tenant: string): Transcript =>
  new OpenTranscript(hasher, tenant)

/** Has identity: what one answer has said. A class, for one is made for every stream. */
class OpenTranscript implements Transcript {
  readonly #hasher: TextHasher
  readonly #tenant: string
  /** Once there is more than is hashed at a time. */
  #hash: TextHash | undefined
  readonly #hashed: string[] = []
  #piece = ''
  #lots: string[] = []
  #lotsUnits = 0
  #hashedSoFar = 0
  #isTooLong = false

  constructor(hasher: TextHasher, tenant: string) {
    this.#hasher = hasher
    this.#tenant = tenant
  }

  add(text: string): void {
    this.#piece += text
    const piece = this.#piece
    // Looking at a letter makes one text of the pieces; half a character waits for its other half.
    if (piece.length < lotUnits || partsPair(piece, piece.length)) return
    this.#lots.push(piece)
    this.#lotsUnits += piece.length
    this.#piece = ''
    if (this.#lotsUnits >= hashedUnits) this.#hashLots()
  }

  text(): string | undefined {
    return this.#isTooLong ? undefined : this.#said()
  }

  start(): string {
    return this.#said().slice(0, startUnits)
  }

  digest(): string {
    if (this.#hash === undefined) return this.#hasher.hashText(this.#said(), this.#tenant)
    this.#lots.push(this.#piece)
    this.#piece = ''
    this.#hashLots()
    return this.#hash.digest()
  }

  #said(): string {
    return this.#hashed.join('') + this.#lots.join('') + this.#piece
  }

  #hashLots(): void {
    const text = this.#lots.join('')
    this.#hash ??= this.#hasher.openTextHash(this.#tenant)
    this.#hash.update(text)
    this.#lots = []
    this.#lotsUnits = 0
    this.#hashedSoFar += text.length
    this.#isTooLong ||= this.#hashedSoFar > recoverableUnits
    if (!this.#isTooLong || this.#hashed.length * hashedUnits < startUnits) this.#hashed.push(text)
  }
}
