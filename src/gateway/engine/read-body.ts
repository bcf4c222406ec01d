/** Reads an answer's body whole, up to a bound. */

/** The text, or undefined where the body is longer than `limitBytes`. Throws where the connection breaks. */
export async function readWhole(
  body: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > limitBytes) return undefined
    chunks.push(chunk)
  }
  return decode(chunks)
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
  return decode(chunks)
}

function decode(chunks: readonly Uint8Array[]): string {
  const only = chunks[0]
  if (chunks.length === 1 && only)
    return Buffer.from(only.buffer, only.byteOffset, only.length).toString('utf8')
  return Buffer.concat(chunks).toString('utf8')
}
