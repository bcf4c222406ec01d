/** Runs the lines of a batch, so many at once: no line stops another, and no more is in memory than what runs. */

import type { Clock } from '../../base/clock.ts'
import type { NumberedLine } from '../../record/batch/line-file.ts'
import { type BatchLine, isSuccess, type LineResult, readBatchLine } from './batch-line.ts'

/** What a line came to, or the wait after which it may be asked again. */
export type Asked = LineResult | { readonly againInMs: number; readonly otherwise: LineResult }

export interface RunOptions {
  readonly lines: AsyncIterable<NumberedLine>
  /** Done before: passed over. */
  readonly isDone: (number: number) => boolean
  readonly concurrency: number
  /** Never rejects. */
  readonly ask: (line: BatchLine, signal: AbortSignal) => Promise<Asked>
  /** A line's place is given to the next when it resolves: what a kill can repeat is what runs. */
  readonly write: (result: LineResult) => Promise<void>
  readonly clock: Clock
  /** No line is begun once it aborts; those that run are ended by `cut`. */
  readonly stop: AbortSignal
  readonly cut: AbortSignal
  readonly onResult?: (isSuccess: boolean) => void
}

/** A line is asked so often again where every target rests or a limit is reached. */
const mostTries = 20
const longestWaitMs = 60_000

/** Resolves when every line was written, or none is begun any more and those that ran have ended. Rejects where lines cannot be read or written. */
export async function runLines(options: RunOptions): Promise<void> {
  const { lines, isDone, concurrency, stop } = options
  const running = new Set<Promise<void>>()
  let broken: unknown
  for await (const line of lines) {
    if (stop.aborted || broken !== undefined) break
    if (isDone(line.number)) continue
    const one: Promise<void> = runLine(options, line)
      .catch((error: unknown) => {
        broken ??= error ?? new Error('a result could not be written')
      })
      .then(() => void running.delete(one))
    running.add(one)
    if (running.size >= concurrency) await Promise.race(running)
  }
  await Promise.all(running)
  if (broken !== undefined) throw broken
}

async function runLine(options: RunOptions, { number, text }: NumberedLine): Promise<void> {
  const { ask, write, clock, cut, stop, onResult } = options
  const read = readBatchLine(text, number)
  if (!read.ok) {
    const { customId } = read.fault
    await write({ number, ...(customId === undefined ? {} : { customId }), error: read.fault })
    return onResult?.(false)
  }
  for (let tries = 1; ; tries += 1) {
    const asked = await ask(read.value, cut)
    // What was cut off is not written: it is run again when the batch goes on.
    if (cut.aborted) return
    const isLast = tries >= mostTries || stop.aborted
    if ('againInMs' in asked && !isLast) {
      await clock.sleep(Math.min(longestWaitMs, asked.againInMs), cut)
      continue
    }
    const result = 'againInMs' in asked ? asked.otherwise : asked
    await write(result)
    return onResult?.(isSuccess(result))
  }
}
