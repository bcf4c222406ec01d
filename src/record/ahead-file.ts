/** The write-ahead file: one line for each request that runs and for each entry the journal has not got yet, so that nothing that was answered dies with the process. */

import { closeSync, fdatasync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { isRecord, parseJson } from '../base/text.ts'
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
  /** Begins the file anew with the open intents and with `entries`, lines that the journal still lacks. Throws where the disk refuses. */
  shorten(entries: Iterable<Pick<LineBlock, 'bytes' | 'used'>>): void
  /** Since the file was begun. */
  bytes(): number
  close(): void
}

const withdrawn = '-'
/** Stood before an entry in files of earlier versions. */
const entered = '+'

/** What an earlier process left in the file is gone: `readAhead` comes first. */
export function openAheadFile(path: string): AheadFile {
  const open = new OpenIntents()
  const told = new Told()
  /** Those that hold entries which are not written yet. */
  const blocks: LineBlock[] = []
  let file = begin(path, [])
  let bytes = 0
  let isCut = false

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
      // A line that a full disk cut off must not swallow the next.
      const parts = [told.take(isCut), ...blocks.splice(0).map(takeEntries)]
      isCut = true
      for (const part of parts) bytes += writeAll(file, part)
      isCut = false
      return true
    },
    flushed: () => new Promise((resolve) => fdatasync(file, (error) => resolve(!error))),
    shorten(entries) {
      const lines: Buffer[] = [...open.all()].map((line) => Buffer.from(`${line}\n`))
      for (const block of entries) lines.push(block.bytes.subarray(0, block.used))
      const next = begin(path, lines)
      closeSync(file)
      file = next
      bytes = 0
      isCut = false
    },
    bytes: () => bytes,
    close: () => closeSync(file),
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
  readonly #common = Buffer.alloc(commonBytes, lineEnd)
  #all: Buffer = this.#common
  /** The first byte is an empty line. */
  #end = 1

  line(text: string): void {
    this.#makeRoom(text.length * bytesPerUnit + 1)
    this.#end += this.#all.write(text, this.#end)
    this.#all[this.#end] = lineEnd
    this.#end += 1
  }

  isEmpty(): boolean {
    return this.#end === 1
  }

  /** Good until something more is told. */
  take(withEmptyLine: boolean): Buffer {
    const taken = this.#all.subarray(withEmptyLine ? 0 : 1, this.#end)
    this.#all = this.#common
    this.#end = 1
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

/** In one call, but for a disk that takes only a part. */
function writeAll(file: number, bytes: Buffer): number {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  return bytes.length
}

/** The new file takes the place of the old one in one step. */
function begin(path: string, lines: readonly Buffer[]): number {
  const made = `${path}.new`
  writeFileSync(made, Buffer.concat(lines), { mode: 0o600 })
  renameSync(made, path)
  return openSync(path, 'a', 0o600)
}

export interface LeftAhead {
  /** Lines of entries, in the order they were made. */
  readonly entries: readonly string[]
  /** JSON of the intents that neither ended nor were withdrawn, by request. */
  readonly intents: ReadonlyMap<string, string>
}

/** What a process that died has left. A last line that was cut off belongs to a request that was neither sent nor answered. */
export function readAhead(path: string): LeftAhead {
  const entries: string[] = []
  const intents = new Map<string, string>()
  for (const line of wholeLines(path)) {
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

function wholeLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function requestIdOf(line: string): string | undefined {
  const intent = parseJson(line)
  return isRecord(intent) && typeof intent.requestId === 'string' ? intent.requestId : undefined
}
