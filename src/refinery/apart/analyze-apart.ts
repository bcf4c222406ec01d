/** Reads and analyses a large trace by the rules in a thread of its own, with bounded memory, so that nobody else waits for it. */

import { failed, type Outcome } from '../../base/outcome.ts'
import type { Analysis } from '../analysis.ts'
import type { AnalyzeOptions } from '../analyze.ts'
import type { HeldTrace } from './held-trace.ts'
import { startTraceThread } from './trace-thread.ts'

export interface ApartTask {
  /** A file's path, or the bytes themselves. */
  readonly source: string | Uint8Array
  readonly options: AnalyzeOptions
}

/** A fault is the reason in words. */
export async function analyzeApart({ source, options }: ApartTask): Promise<Outcome<Analysis, string>> {
  const held = await holdApart(source)
  if (!held.ok) return held
  const analysis = await held.value.analyze(options)
  held.value.close()
  return analysis
}

/** The trace in a thread of its own, which lives until it is closed. A fault is the reason in words. */
export async function holdApart(source: string | Uint8Array): Promise<Outcome<HeldTrace, string>> {
  const isFile = typeof source === 'string'
  const thread = startTraceThread(isFile ? { kind: 'file', path: source } : { kind: 'trace' })
  if (!isFile) await thread.write(source)
  const read = await thread.end()
  if (read.ok && read.value.held) return { ok: true, value: read.value.held }
  thread.close()
  if (!read.ok) return read
  const { trace } = read.value.told
  return trace && !trace.ok ? trace : failed('there is no trace')
}
