/** The write-ahead file: one line for each request that runs and for each entry the journal has not got yet, so that nothing that was answered dies with the process. */

import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, readFileSync, rmSync } from 'node:fs'
import { isRecord, parseJson } from '../base/text.ts'
import { isFramed, readFrames, writeFrame } from './ahead-frames.ts'
import { bytesPerUnit, type LineBlock, lineEnd } from './line-blocks.ts'

export interface AheadFile {
  /** A request sets out. `json` is its intent. */
  intend(requestId: string, json: string): void
  /** It was refused: nothing of it is to be told, not even after a crash. */
  withdraw(requestId: string): void
  /** It has ended with an entry, of which the block holds the line; see `entryLine`. No other may stand in its place before the next write. */
  enter(requestId: string, block: LineBlock): void
  /** Writes what was told since the last time: it outlives this process once the function returns. False where nothing was told. Throws where the disk refuses, and what was told is then not written later. */
  write(): boolean
  /** Resolves once everything written before outlives a loss of power, too; false where the disk refuses. */
  flushed(): Promise<boolean>
  /** Begins anew with the open intents and with `entries`, lines that the journal still lacks. What stood before stays in the files until other lines take its place. Throws where the disk refuses. */
  shorten(entries: Iterable<Pick<LineBlock, 'bytes' | 'used'>>): void
  /** Removes what stood before, on demand only once what stays outlives a loss of power. Throws where the disk refuses. */
  wipe(mustFlush?: boolean): void
  /** Since it was begun. */
  bytes(): number
  close(): void
}

const withdrawn = '-'
/** Stood before an entry in files of earlier versions. */
const entered = '+'

/** What an earlier process left is gone: `readAhead` comes first. */
export function openAheadFile(path: string): AheadFile {
  const open = new OpenIntents()
  const told = new Told()
  /** Those that hold entries which are not written yet. */
  const blocks: LineBlock[] = []
  const lines = new TwoFiles(path)
  let bytes = 0

  return {
    intend(requestId, json) {
      open.add(requestId, json)
      told.line(json)
    },
    withdraw(requestId) {
      open.delete(requestId)
      told.line(withdrawn + requestId)
    },
    enter(requestId, block) {
      open.delete(requestId)
      if (blocks.at(-1) !== block) blocks.push(block)
    },
    write() {
      if (told.isEmpty() && blocks.length === 0) return false
      bytes += lines.append([told.take(), ...blocks.splice(0).map(takeEntries)])
      return true
    },
    flushed: () => lines.flushed(),
    shorten(entries) {
      const running = [...open.all()].map((line) => `${line}\n`).join('')
      const waiting = Array.from(entries, ({ bytes: of, used }) => of.subarray(0, used))
      lines.beginAnew([Buffer.from(running), ...waiting])
      bytes = 0
    },
    wipe: (mustFlush) => lines.wipe(mustFlush),
    bytes: () => bytes,
    close: () => lines.close(),
  }
}

/** Lines begin anew in the other of two files: until the first of them are written whole there, the old ones stay. */
const filesOf = (path: string): readonly [string, string] => [path, `${path}.2`]

/** Has identity: two files that take turns. New ones each time would cost the system more than the lines in them. */
class TwoFiles {
  #file: number
  #other: number
  #generation = 1
  #number = 0
  #end = 0

  constructor(path: string) {
    const [first, second] = filesOf(path)
    this.#file = openSync(first, 'w', 0o600)
    this.#other = openSync(second, 'w', 0o600)
  }

  /** Bytes that were written. */
  append(parts: readonly Uint8Array[]): number {
    const at = this.#end
    this.#end = writeFrame(this.#file, parts, { generation: this.#generation, number: this.#number, at })
    this.#number += 1
    return this.#end - at
  }

  beginAnew(parts: readonly Uint8Array[]): void {
    const generation = this.#generation + 1
    const isEmpty = parts.every(({ length }) => length === 0)
    const end = isEmpty ? 0 : writeFrame(this.#other, parts, { generation, number: 0, at: 0 })
    const before = this.#file
    this.#file = this.#other
    this.#other = before
    this.#generation = generation
    this.#number = isEmpty ? 0 : 1
    this.#end = end
  }

  wipe(mustFlush = false): void {
    if (mustFlush) fdatasyncSync(this.#file)
    ftruncateSync(this.#other, 0)
    ftruncateSync(this.#file, this.#end)
  }

  flushed(): Promise<boolean> {
    return new Promise((resolve) => fdatasync(this.#file, (error) => resolve(!error)))
  }

  close(): void {
    closeSync(this.#file)
    closeSync(this.#other)
  }
}

interface OpenIntent {
  readonly requestId: string
  readonly json: string
}

/** Ten thousand requests that run at once are two or three in each. */
const places = 4_096

/**
 * Has identity: the intents of the requests that run.
 * No map: V8 enters every text that is a key of one in a table of its own, and a map that has grown keeps the tables it grew out of until the collector looks at all that is old.
 */
class OpenIntents {
  readonly #places: OpenIntent[][] = Array.from({ length: places }, () => [])

  add(requestId: string, json: string): void {
    this.delete(requestId)
    this.#placeOf(requestId).push({ requestId, json })
  }

  delete(requestId: string): void {
    const place = this.#placeOf(requestId)
    const at = place.findIndex((one) => one.requestId === requestId)
    if (at >= 0) place.splice(at, 1)
  }

  *all(): Iterable<string> {
    for (const place of this.#places) for (const { json } of place) yield json
  }

  /** By its last characters, which are drawn at random. */
  #placeOf(requestId: string): OpenIntent[] {
    let sum = 0
    for (let at = Math.max(0, requestId.length - 4); at < requestId.length; at += 1)
      sum = sum * 31 + requestId.charCodeAt(at)
    return this.#places[sum % places] ?? []
  }
}

/** Most groups of intents fit into it. */
const commonBytes = 65_536

/** From where they stand: nothing is copied. */
function takeEntries(block: LineBlock): Buffer {
  const from = block.ahead
  block.ahead = block.used
  return block.bytes.subarray(from, block.used)
}

/** Has identity: what was told of intents since the last write, in one place that grows with it. */
class Told {
  readonly #common = Buffer.alloc(commonBytes)
  #all: Buffer = this.#common
  #end = 0

  line(text: string): void {
    this.#makeRoom(text.length * bytesPerUnit + 1)
    this.#end += this.#all.write(text, this.#end)
    this.#all[this.#end] = lineEnd
    this.#end += 1
  }

  isEmpty(): boolean {
    return this.#end === 0
  }

  /** Good until something more is told. */
  take(): Buffer {
    const taken = this.#all.subarray(0, this.#end)
    this.#all = this.#common
    this.#end = 0
    return taken
  }

  #makeRoom(bytes: number): void {
    const needed = this.#end + bytes
    if (needed <= this.#all.length) return
    const larger = Buffer.alloc(Math.max(needed, 2 * this.#all.length))
    larger.set(this.#all.subarray(0, this.#end))
    this.#all = larger
  }
}

export interface LeftAhead {
  /** Lines of entries, in the order they were made. */
  readonly entries: readonly string[]
  /** JSON of the intents that neither ended nor were withdrawn, by request. */
  readonly intents: ReadonlyMap<string, string>
}

/** What a process that died has left. Lines that were not written whole belong to requests that were neither sent nor answered. */
export function readAhead(path: string): LeftAhead {
  const entries: string[] = []
  const intents = new Map<string, string>()
  for (const line of leftLines(path)) {
    if (line.startsWith(withdrawn)) intents.delete(line.slice(withdrawn.length))
    else if (line.startsWith('[')) entries.push(line)
    else if (line.startsWith(entered)) entries.push(line.slice(entered.length))
    else {
      const requestId = requestIdOf(line)
      if (requestId !== undefined) intents.set(requestId, line)
    }
  }
  return { entries, intents }
}

/** Both files. */
export function removeAhead(path: string): void {
  for (const file of filesOf(path)) rmSync(file, { force: true })
}

/** Those of the newer generation; of earlier versions, which knew one file and no frames, all. */
function leftLines(path: string): readonly string[] {
  const files = filesOf(path).map(bytesOf)
  const [one, two] = files.map(readFrames)
  const newer = (two?.generation ?? 0) > (one?.generation ?? 0) ? two : one
  return (newer?.text ?? unframed(files[0])).split('\n').slice(0, -1)
}

const unframed = (bytes: Buffer | undefined) =>
  bytes === undefined || isFramed(bytes) ? '' : bytes.toString('utf8')

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

function requestIdOf(line: string): string | undefined {
  const intent = parseJson(line)
  return isRecord(intent) && typeof intent.requestId === 'string' ? intent.requestId : undefined
}
