/** The thread that reads and analyses a large trace. */

import { createReadStream } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { failed, type Outcome } from '../../base/outcome.ts'
import type { Analysis } from '../analysis.ts'
import { analyze } from '../analyze.ts'
import { createTraceStream } from '../import/trace-stream.ts'
import type { ApartTask } from './analyze-apart.ts'

const pieceBytes = 1 << 18

parentPort?.postMessage(await carryOut(workerData))

async function carryOut({ source, options }: ApartTask): Promise<Outcome<Analysis, string>> {
  const stream = createTraceStream()
  try {
    if (source instanceof Uint8Array) stream.write(source)
    else
      for await (const piece of createReadStream(source, { highWaterMark: pieceBytes })) stream.write(piece)
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
  const trace = stream.end()
  return trace.ok ? { ok: true, value: analyze(trace.value, options) } : trace
}
