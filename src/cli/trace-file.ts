/** A trace of a file: small ones are read whole, large ones piece by piece. */

import { createReadStream, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import type { Analysis } from '../refinery/analysis.ts'
import { type AnalyzeOptions, analyze } from '../refinery/analyze.ts'
import { analyzeApart, holdApart } from '../refinery/apart/analyze-apart.ts'
import { examine } from '../refinery/apart/examine-here.ts'
import { type HeldTrace, heldHere } from '../refinery/apart/held-trace.ts'
import { type AnalysedTrace, readTrace } from '../refinery/import/read-trace.ts'
import { createTraceStream } from '../refinery/import/trace-stream.ts'
import { tokenCounter } from '../refinery/stages/token-counter.ts'

/** Files above this are read in pieces, and analysed in a thread of their own. */
const largeBytes = 8 * 1024 * 1024
const mostBytes = 512 * 1024 * 1024

/** A fault is the reason in words, with the file's name. */
export function readTraceFile(path: string): Promise<Outcome<AnalysedTrace, string>> {
  return named(path, async (bytes) => {
    if (bytes <= largeBytes) return readTrace(readFileSync(path, 'utf8'))
    const stream = createTraceStream()
    for await (const piece of createReadStream(path)) stream.write(piece)
    return stream.end()
  })
}

export function analyzeTraceFile(path: string, options: AnalyzeOptions): Promise<Outcome<Analysis, string>> {
  return named(path, async (bytes) => {
    if (bytes > largeBytes) return analyzeApart({ source: path, options })
    const trace = readTrace(readFileSync(path, 'utf8'))
    return trace.ok ? { ok: true, value: analyze(trace.value, options) } : trace
  })
}

/** For whoever asks more than once: it is closed in the end. */
export function holdTraceFile(path: string): Promise<Outcome<HeldTrace, string>> {
  return named(path, async (bytes) => {
    if (bytes > largeBytes) return holdApart(path)
    const trace = readTrace(readFileSync(path, 'utf8'))
    return trace.ok ? { ok: true, value: holdSmall(trace.value) } : trace
  })
}

/** A command serves nobody meanwhile: one thread is enough. */
export const holdSmall = (trace: AnalysedTrace): HeldTrace =>
  heldHere(trace, () => tokenCounter(systemClock), examine)

async function named<Value>(
  path: string,
  read: (bytes: number) => Promise<Outcome<Value, string>>,
): Promise<Outcome<Value, string>> {
  try {
    const { size } = statSync(path)
    if (size > mostBytes)
      return failed(
        `${path} is larger than ${mostBytes / 1024 / 1024} MB: export fewer runs, or one trace a file`,
      )
    const outcome = await read(size)
    return outcome.ok ? outcome : failed(`${basename(path)}: ${outcome.fault}`)
  } catch (error) {
    return failed(`cannot read ${path}: ${reasonOf(error)}`)
  }
}
