/** Judges many seeds on several threads, in ranges, until all are done or enough have failed. */

import { Worker } from 'node:worker_threads'
import type { Judged, Range } from './judge-worker.ts'

export interface Many extends Range {
  readonly jobs: number
  /** After so many failed seeds no further range is begun. */
  readonly mostFailed: number
  readonly onFailed: (seed: number, lines: readonly string[]) => void
  readonly onProgress: (done: number, failed: number) => void
}

const rangeSize = 20

/** Returns how many seeds were judged and how many of them failed. */
export async function judgeMany(many: Many): Promise<{ readonly done: number; readonly failed: number }> {
  let next = many.from
  let done = 0
  let failed = 0
  const take = (): Range | undefined => {
    const count = Math.min(rangeSize, many.from + many.count - next)
    if (count <= 0 || failed >= many.mostFailed) return undefined
    next += count
    return { from: next - count, count }
  }
  const work = async () => {
    const worker = new Worker(new URL('./judge-worker.ts', import.meta.url))
    for (let range = take(); range; range = take()) {
      const judged = await answerOf(worker, range)
      done += judged.count
      failed += judged.failed.length
      for (const { seed, lines } of judged.failed) many.onFailed(seed, lines)
      many.onProgress(done, failed)
    }
    await worker.terminate()
  }
  await Promise.all(Array.from({ length: many.jobs }, work))
  return { done, failed }
}

function answerOf(worker: Worker, range: Range): Promise<Judged> {
  return new Promise((resolve, reject) => {
    const onMessage = (judged: Judged) => {
      worker.off('error', reject)
      resolve(judged)
    }
    worker.once('message', onMessage)
    worker.once('error', reject)
    worker.postMessage(range)
  })
}
