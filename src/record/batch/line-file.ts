/** Files of lines, read and appended to one line at a time: how long they are makes no difference to memory. */

import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat, truncate } from 'node:fs/promises'
import { createInterface } from 'node:readline'

export interface NumberedLine {
  /** From 1. */
  readonly number: number
  readonly text: string
}

/** Every line but the empty ones, in order. Rejects where the file cannot be read. */
export async function* readLines(path: string): AsyncGenerator<NumberedLine, void> {
  const input = createReadStream(path, { encoding: 'utf8' })
  const failed = new Promise<never>((_resolve, reject) => input.once('error', reject))
  failed.catch(() => {})
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  let number = 0
  try {
    for await (const text of lines) {
      number += 1
      if (text.trim() !== '') yield { number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text }
    }
    await Promise.race([failed, Promise.resolve()])
  } finally {
    lines.close()
    input.destroy()
  }
}

/** How many lines there are that are not empty. */
export async function countLines(path: string): Promise<number> {
  let count = 0
  for await (const _line of readLines(path)) count += 1
  return count
}

export interface LineWriter {
  /** Resolves when the line is with the operating system: a kill of this process loses it no more. */
  append(line: string): Promise<void>
  close(): Promise<void>
}

/** Appends; makes the file where it is missing. Lines of several callers never mix. */
export async function openLineWriter(path: string): Promise<LineWriter> {
  const file: FileHandle = await open(path, 'a', 0o600)
  let last: Promise<unknown> = Promise.resolve()
  return {
    append(line) {
      const written = last.then(() => file.appendFile(`${line}\n`))
      last = written.catch(() => {})
      return written
    },
    async close() {
      await last
      await file.close()
    },
  }
}

/** Cuts off a last line that was not written to its end; nothing happens where there is none, or no file. */
export async function cutTornLine(path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  if (size === 0) return
  const file = await open(path, 'r')
  try {
    const step = 65_536
    for (let end = size; end > 0; ) {
      const from = Math.max(0, end - step)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(end - from), 0, end - from, from)
      const at = buffer.subarray(0, bytesRead).lastIndexOf(0x0a)
      if (at >= 0) {
        if (from + at + 1 < size) await truncate(path, from + at + 1)
        return
      }
      end = from
    }
    await truncate(path, 0)
  } finally {
    await file.close()
  }
}

/** A set of line numbers in one bit each. */
export interface LineSet {
  add(number: number): void
  has(number: number): boolean
  size(): number
}

export function createLineSet(): LineSet {
  let bits = new Uint8Array(1_024)
  let size = 0
  return {
    add(number) {
      const at = number >> 3
      if (at >= bits.length) {
        const larger = new Uint8Array(Math.max(at + 1, bits.length * 2))
        larger.set(bits)
        bits = larger
      }
      const bit = 1 << (number & 7)
      const before = bits[at] ?? 0
      if ((before & bit) === 0) size += 1
      bits[at] = before | bit
    },
    has: (number) => ((bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0,
    size: () => size,
  }
}
