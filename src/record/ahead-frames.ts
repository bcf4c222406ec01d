/** How the write-ahead file stands on the disk: in frames, so that a reader tells what was written whole from what was cut off, and what is new from what stood in its place before. */

import { writevSync } from 'node:fs'
import { crc32 } from 'node:zlib'

export interface FramePlace {
  /** Grows whenever the lines begin anew. */
  readonly generation: number
  /** From 0 in each generation. */
  readonly number: number
  /** Where in the file it begins, bytes. */
  readonly at: number
}

/** Where the frame ends. Throws where the disk refuses; what was written of it then is no frame. */
export function writeFrame(file: number, parts: readonly Uint8Array[], place: FramePlace): number {
  let bytes = 0
  let sum = 0
  for (const part of parts) {
    bytes += part.length
    sum = crc32(part, sum)
  }
  const head = Buffer.from(`${sign}${place.generation} ${place.number} ${bytes} ${sum}\n`, 'latin1')
  if (writevSync(file, [head, ...parts], place.at) < head.length + bytes)
    throw new Error('there is room for a part only')
  return place.at + head.length + bytes
}

export interface Frames {
  readonly generation: number
  /** What they hold, one behind the other. */
  readonly text: string
}

/** The frames of one generation from the beginning of a file to the first that is not whole, or of another; undefined where there is none. */
export function readFrames(bytes: Buffer): Frames | undefined {
  const held: Buffer[] = []
  let generation: number | undefined
  for (let at = 0; ; ) {
    const frame = frameAt(bytes, at)
    if (frame?.number !== held.length || (generation ?? frame.generation) !== frame.generation) break
    generation = frame.generation
    held.push(frame.held)
    at = frame.end
  }
  return generation === undefined ? undefined : { generation, text: Buffer.concat(held).toString('utf8') }
}

const sign = '='

/** Whether a frame was begun there, whole or not. */
export const isFramed = (bytes: Buffer): boolean => bytes[0] === sign.charCodeAt(0)

/** Four numbers with a sign and spaces are not longer. */
const longestHead = 80

function frameAt(bytes: Buffer, at: number) {
  const head = /^=(\d+) (\d+) (\d+) (\d+)\n/.exec(bytes.toString('latin1', at, at + longestHead))
  if (head === null) return undefined
  const [generation = 0, number = 0, length = 0, sum = 0] = head.slice(1).map(Number)
  const from = at + head[0].length
  const held = bytes.subarray(from, from + length)
  if (held.length !== length || crc32(held) !== sum) return undefined
  return { generation, number, held, end: from + length }
}
