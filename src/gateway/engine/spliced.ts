/** A body as it came, with another text in the place of some of its bytes. */

import type { VerbatimBody } from '../../protocol/adapter.ts'

/** Copied once, however many pieces it came in. */
export function spliced({ pieces, from, to, text }: VerbatimBody): Uint8Array {
  let given = 0
  for (const { length } of pieces) given += length
  const bytes = Buffer.allocUnsafe(given - (to - from) + Buffer.byteLength(text))
  const textEnd = from + bytes.write(text, from)
  let start = 0
  for (const piece of pieces) {
    const end = start + piece.length
    if (start < from) bytes.set(end <= from ? piece : piece.subarray(0, from - start), start)
    if (end > to) {
      const at = Math.max(start, to)
      bytes.set(at === start ? piece : piece.subarray(at - start), textEnd + at - to)
    }
    start = end
  }
  return bytes
}
