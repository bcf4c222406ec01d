/** A trace of a file: small ones are read whole, large ones piece by piece. */

import { createReadStream, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { failed, type Outcome } from '../base/outcome.ts'
import type { Analysis } from '../refinery/analysis.ts'
import { type AnalyzeOptions, analyze } from '../refinery/analyze.ts'
import { analyzeApart } from '../refinery/apart/analyze-apart.ts'
import { type AnalysedTrace, readTrace } from '../refinery/import/read-trace.ts'
import { createTraceStream } from '../refinery/import/trace-stream.ts'

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
    return failed(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
