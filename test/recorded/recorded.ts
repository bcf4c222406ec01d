/** Finds recorded provider answers and frames them as the event streams they came from. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSseReader } from '../../src/gateway/transport/sse.ts'
import type { SseEvent, StreamReader } from '../../src/protocol/adapter.ts'
import type { StreamPart } from '../../src/protocol/reply.ts'

/** Where the recorded answers lie; `ADAPTIVE_MIND_TEST_DATA` names another place. */
export const recordedDir =
  process.env['ADAPTIVE_MIND_TEST_DATA'] ??
  fileURLToPath(new URL('../../../shared/data/recorded', import.meta.url))

export interface RecordedFile {
  /** `folder/name`, for messages. */
  readonly name: string
  readonly text: string
}

/** Every file under the named folders, in order of name; empty where the data is not there. */
export function recordedFiles(folders: readonly string[]): readonly RecordedFile[] {
  return folders.flatMap((folder) =>
    namesIn(join(recordedDir, folder)).map((name) => ({
      name: `${folder}/${name}`,
      text: readFileSync(join(recordedDir, folder, name), 'utf8'),
    })),
  )
}

/** What to say to the test runner's `skip`: false where the folders hold files. */
export function skipWithout(folders: readonly string[]): string | false {
  const isThere = folders.some((folder) => namesIn(join(recordedDir, folder)).length > 0)
  return isThere ? false : `no recorded answers under ${recordedDir}`
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort()
  } catch {
    return []
  }
}

export interface Framing {
  /** Adds an `event:` line with the chunk's `type`, as Anthropic sends it. */
  readonly named?: boolean
  /** Data of a last event, such as `[DONE]`. */
  readonly terminator?: string
}

/** One event text per recorded line. */
export function frame(chunks: string, framing: Framing = {}): readonly string[] {
  const lines = chunks.split(/\r?\n/).filter((line) => line.trim() !== '')
  const events = lines.map((line) => `${framing.named ? `event: ${typeOf(line)}\n` : ''}data: ${line}\n\n`)
  return framing.terminator === undefined ? events : [...events, `data: ${framing.terminator}\n\n`]
}

function typeOf(line: string): string {
  return /"type":\s*"([^"]+)"/.exec(line)?.[1] ?? 'message'
}

/** Reads the byte pieces as one stream to its end. */
export function readPieces(pieces: Iterable<Uint8Array>, reader: StreamReader): readonly StreamPart[] {
  const sse = createSseReader()
  const parts: StreamPart[] = []
  const take = (events: readonly SseEvent[]) => {
    for (const event of events) parts.push(...reader.push(event))
  }
  for (const piece of pieces) take(sse.push(piece))
  take(sse.end())
  parts.push(...reader.end())
  return parts
}

/** Each byte by itself. */
export function* singly(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1)
}

/** Streams up to this length are split and cut at every byte, which takes time by its square: the long tests do so up to 8 kB. */
export const smallBytes = Number(process.env['ADAPTIVE_MIND_TEST_SMALL_BYTES'] ?? 2_048)

/** Places at which a stream is split or cut: all of a small one, and around every event's end of a large one. */
export function cutPoints(events: readonly string[]): readonly number[] {
  const sizes = events.map((event) => Buffer.byteLength(event))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= smallBytes) return Array.from({ length: total + 1 }, (_, at) => at)
  const points = new Set<number>()
  let end = 0
  for (const size of sizes) {
    end += size
    for (const at of [end - 1, end, end + 1]) if (at <= total) points.add(at)
  }
  return [...points]
}
