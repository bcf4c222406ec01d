/** Reads and analyses a large trace in a thread of its own, with bounded memory, so that nobody else waits for it. */

import { Worker } from 'node:worker_threads'
import { failed, type Outcome } from '../../base/outcome.ts'
import type { Analysis } from '../analysis.ts'
import type { AnalyzeOptions } from '../analyze.ts'

export interface ApartTask {
  /** A file's path, or the bytes themselves. */
  readonly source: string | Uint8Array
  readonly options: AnalyzeOptions
}

/** Memory of the thread for what it builds; beyond it the analysis ends with words. */
const heapMb = 640

/** Bytes are handed over, not copied: their owner can no longer read them. A fault is the reason in words. */
export function analyzeApart({ source, options }: ApartTask): Promise<Outcome<Analysis, string>> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./analysis-worker.${extension}`, import.meta.url), {
    workerData: { source, options },
    transferList: handedOver(source),
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  })
  return new Promise((resolve) => {
    worker.once('message', (answer: Outcome<Analysis, string>) => resolve(answer))
    worker.once('error', (error: NodeJS.ErrnoException) => resolve(failed(reasonOf(error))))
    worker.once('exit', (code) => resolve(failed(`the analysis ended early with code ${code}`)))
  })
}

/** A piece of a larger buffer must be copied: others read the rest. */
function handedOver(source: string | Uint8Array): ArrayBuffer[] {
  if (typeof source === 'string' || !(source.buffer instanceof ArrayBuffer)) return []
  return source.buffer.byteLength === source.byteLength ? [source.buffer] : []
}

const reasonOf = ({ code, message }: NodeJS.ErrnoException): string =>
  code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? `it needs more than ${heapMb} MB of memory: export fewer runs, or one trace a file`
    : message
