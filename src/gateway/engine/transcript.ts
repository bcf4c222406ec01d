/** The text of a streamed answer as it is said: hashed, and kept for its preview and for whoever may have to go on with it. */

import { partsPair } from '../../base/text.ts'
import type { TextHash } from './engine-port.ts'

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

export function openTranscript(hash: TextHash): Transcript {
  let piece = ''
  let lots: string[] = []
  let lotsUnits = 0
  const hashed: string[] = []
  let hashedSoFar = 0
  let isTooLong = false

  const hashLots = () => {
    const text = lots.join('')
    hash.update(text)
    lots = []
    lotsUnits = 0
    hashedSoFar += text.length
    isTooLong ||= hashedSoFar > recoverableUnits
    if (!isTooLong || hashed.length * hashedUnits < startUnits) hashed.push(text)
  }
  const said = () => hashed.join('') + lots.join('') + piece
  return {
    add(text) {
      piece += text
      // Looking at a letter makes one text of the pieces; half a character waits for its other half.
      if (piece.length < lotUnits || partsPair(piece, piece.length)) return
      lots.push(piece)
      lotsUnits += piece.length
      piece = ''
      if (lotsUnits >= hashedUnits) hashLots()
    },
    text: () => (isTooLong ? undefined : said()),
    start: () => said().slice(0, startUnits),
    digest() {
      lots.push(piece)
      piece = ''
      hashLots()
      return hash.digest()
    },
  }
}
