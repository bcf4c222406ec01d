/** The write-ahead file: one line for each request that runs and for each entry the journal has not got yet, so that nothing that was answered dies with the process. */

import { closeSync, fdatasync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { isRecord, parseJson } from '../base/text.ts'

export interface AheadFile {
  /** A request sets out. `json` is its intent. */
  intend(requestId: string, json: string): void
  /** It was refused: nothing of it is to be told, not even after a crash. */
  withdraw(requestId: string): void
  /** It has ended with the entry of this line; see `entryLine`. */
  enter(requestId: string, line: string): void
  /** Writes what was told since the last time: it outlives this process once the function returns. False where nothing was told. Throws where the disk refuses, and what was told is then not written later. */
  write(): boolean
  /** Resolves once everything written before outlives a loss of power, too; false where the disk refuses. */
  flushed(): Promise<boolean>
  /** Begins the file anew with the open intents and with `entries`, lines that the journal still lacks. Throws where the disk refuses. */
  shorten(entries: Iterable<string>): void
  /** Since the file was begun. */
  bytes(): number
  close(): void
}

const withdrawn = '-'
const entered = '+'

/** What an earlier process left in the file is gone: `readAhead` comes first. */
export function openAheadFile(path: string): AheadFile {
  const open = new Map<string, string>()
  let file = begin(path, '')
  let bytes = 0
  let isCut = false
  let told: string[] = []

  return {
    intend(requestId, json) {
      open.set(requestId, json)
      told.push(json)
    },
    withdraw(requestId) {
      open.delete(requestId)
      told.push(withdrawn + requestId)
    },
    enter(requestId, line) {
      open.delete(requestId)
      told.push(entered + line)
    },
    write() {
      if (told.length === 0) return false
      // A line that a full disk cut off must not swallow the next.
      if (isCut) told.unshift('')
      told.push('')
      const lines = told.join('\n')
      told = []
      isCut = true
      bytes += writeAll(file, lines)
      isCut = false
      return true
    },
    flushed: () => new Promise((resolve) => fdatasync(file, (error) => resolve(!error))),
    shorten(entries) {
      const lines = [...open.values(), ...Array.from(entries, (line) => entered + line)]
      const next = begin(path, lines.map((line) => `${line}\n`).join(''))
      closeSync(file)
      file = next
      bytes = 0
      isCut = false
    },
    bytes: () => bytes,
    close: () => closeSync(file),
  }
}

/** Most groups of lines fit into it. */
const scratch = Buffer.alloc(262_144)

/** In one call, but for a disk that takes only a part. */
function writeAll(file: number, text: string): number {
  const isShort = text.length * 3 <= scratch.length
  const bytes = isShort ? scratch.subarray(0, scratch.write(text)) : Buffer.from(text)
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  return bytes.length
}

/** The new file takes the place of the old one in one step. */
function begin(path: string, lines: string): number {
  const made = `${path}.new`
  writeFileSync(made, lines, { mode: 0o600 })
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
