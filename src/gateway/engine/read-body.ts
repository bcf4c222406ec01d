/** Reads an answer's body whole, up to a bound. */

import { isUtf8 } from 'node:buffer'
import { handOver } from '../../base/flow.ts'

export type WholeBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flawed'; readonly says: string }
  /** The connection broke. */
  | { readonly kind: 'cut' }

/** The text without a byte order mark. */
export const readWhole = (body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<WholeBody> =>
  readWholeAs(body, limitBytes, (whole) => whole)

/** What `make` makes of it, in the same promise. */
export function readWholeAs<Value>(
  body: AsyncIterable<Uint8Array>,
  limitBytes: number,
  make: (whole: WholeBody) => Value,
): Promise<Value> {
  const chunks: Uint8Array[] = []
  let length = 0
  const coming = body[Symbol.asyncIterator]()
  const take = (chunk: Uint8Array) => {
    length += chunk.length
    return chunks.push(chunk) > 0 && length <= limitBytes
  }
  const broken = () => make({ kind: 'cut' })
  return handOver(coming, take).then(() => {
    if (length <= limitBytes) return make(textOf(joined(chunks)))
    const says = `the answer is larger than ${limitBytes} bytes`
    return Promise.resolve(coming.return?.()).then(() => make({ kind: 'flawed', says }), broken)
  }, broken)
}

function textOf(bytes: Buffer): WholeBody {
  if (!isUtf8(bytes)) return { kind: 'flawed', says: 'the answer is not UTF-8' }
  const text = bytes.toString('utf8')
  return { kind: 'text', text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text }
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
