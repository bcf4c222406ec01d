/** Intents of running requests: lines appended to a file of their own, so that a request costs the journal one transaction and not two. */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { isRecord, parseJson } from '../base/text.ts'

export interface IntentFile {
  /** Id and JSON of each, in turn. Returns once they outlive this process, and a loss of power too where the file is `full`. */
  append(intents: readonly string[]): void
  /** Their requests were refused: nothing of them is to be told, not even after a crash. */
  withdraw(requestIds: readonly string[]): void
  /** The request has an entry. Costs no write; who reads the file looks for the entry. */
  end(requestId: string): void
  /** JSON of the intents that neither ended nor were withdrawn, as far as this file knows. */
  open(): ReadonlyMap<string, string>
  close(): void
}

/** Beyond this length the file is written anew with the open intents alone. */
const longBytes = 1_048_576

/** Throws where the disk refuses, as each of its functions does. */
export function openIntentFile(path: string, synchronous: 'normal' | 'full'): IntentFile {
  const open = readIntents(path)
  const mustFlush = synchronous === 'full'
  let file = begin(path, open, mustFlush)
  let bytes = 0
  let isCut = false

  const write = (lines: string) => {
    // A line that a full disk cut off must not swallow the next.
    const text = Buffer.from(isCut ? `\n${lines}` : lines)
    isCut = true
    for (let at = 0; at < text.length; ) at += writeSync(file, text, at)
    if (mustFlush) fsyncSync(file)
    isCut = false
    bytes += text.length
  }
  const shorten = () => {
    const next = begin(path, open, mustFlush)
    closeSync(file)
    file = next
    bytes = 0
  }
  return {
    append(intents) {
      if (intents.length === 0) return
      if (bytes > longBytes) shorten()
      let lines = ''
      for (let at = 1; at < intents.length; at += 2) lines += `${intents[at]}\n`
      write(lines)
      for (let at = 0; at < intents.length; at += 2) open.set(intents[at] ?? '', intents[at + 1] ?? '')
    },
    withdraw(requestIds) {
      if (requestIds.length > 0) write(requestIds.map((id) => `${withdrawn}${id}\n`).join(''))
      for (const id of requestIds) open.delete(id)
    },
    end: (requestId) => void open.delete(requestId),
    open: () => open,
    close: () => closeSync(file),
  }
}

/** A file of the open intents alone takes the place of the old one, in one step. */
function begin(path: string, open: ReadonlyMap<string, string>, mustFlush: boolean): number {
  const made = `${path}.new`
  const lines = [...open.values()].map((json) => `${json}\n`).join('')
  writeFileSync(made, lines, { mode: 0o600, flush: mustFlush })
  renameSync(made, path)
  return openSync(path, 'a', 0o600)
}

const withdrawn = '-'

/** A last line that was cut off belongs to a request that was never sent. */
function readIntents(path: string): Map<string, string> {
  const open = new Map<string, string>()
  for (const line of readLines(path)) {
    if (line.startsWith(withdrawn)) open.delete(line.slice(withdrawn.length))
    else {
      const requestId = requestIdOf(line)
      if (requestId !== undefined) open.set(requestId, line)
    }
  }
  return open
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function requestIdOf(line: string): string | undefined {
  const intent = parseJson(line)
  return isRecord(intent) && typeof intent.requestId === 'string' ? intent.requestId : undefined
}
