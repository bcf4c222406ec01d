/** Reads an answer's body whole, up to a bound. */

import { isUtf8 } from 'node:buffer'

export type WholeBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flawed'; readonly says: string }
  /** The connection broke. */
  | { readonly kind: 'cut' }

/** The text without a byte order mark. */
export async function readWhole(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<WholeBody> {
  try {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of body) {
      length += chunk.length
      if (length > limitBytes)
        return { kind: 'flawed', says: `the answer is larger than ${limitBytes} bytes` }
      chunks.push(chunk)
    }
    const bytes = joined(chunks)
    if (!isUtf8(bytes)) return { kind: 'flawed', says: 'the answer is not UTF-8' }
    const text = bytes.toString('utf8')
    return { kind: 'text', text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text }
  } catch {
    return { kind: 'cut' }
  }
}

/** The first `limitBytes` at most; the rest is not read, and a break ends it early. */
export async function readStart(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk.subarray(0, limitBytes - bytes))
      bytes += chunk.length
      if (bytes >= limitBytes) break
    }
  } catch {
    // What arrived before the break is all there is to classify.
  }
  return joined(chunks).toString('utf8')
}

function joined(chunks: readonly Uint8Array[]): Buffer {
  const only = chunks[0]
  return chunks.length === 1 && only
    ? Buffer.from(only.buffer, only.byteOffset, only.length)
    : Buffer.concat(chunks)
}
