/** A body as it came, with another text in the place of some of its bytes. */

import type { VerbatimBody } from '../../protocol/adapter.ts'

/** Copied once, however many pieces it came in. */
export function spliced({ pieces, from, to, text }: VerbatimBody): Uint8Array {
  const parts: Uint8Array[] = []
  let end = 0
  for (const piece of pieces) {
    const start = end
    end += piece.length
    if (start < from) parts.push(piece.subarray(0, from - start))
    if (start <= from && from < end) parts.push(Buffer.from(text))
    if (end > to) parts.push(piece.subarray(Math.max(0, to - start)))
  }
  return Buffer.concat(parts)
}
