/** Judges seeds beside the main thread; each message is a range, each answer what was found in it. */

import { parentPort } from 'node:worker_threads'
import { judgeSeed, lineOf } from './judge.ts'

export interface Range {
  readonly from: number
  readonly count: number
}

export interface Judged {
  readonly count: number
  readonly failed: readonly { readonly seed: number; readonly lines: readonly string[] }[]
}

parentPort?.on('message', async ({ from, count }: Range) => {
  const failed: { seed: number; lines: readonly string[] }[] = []
  for (let seed = from; seed < from + count; seed += 1) {
    const { broken } = await judgeSeed(seed)
    if (broken.length > 0) failed.push({ seed, lines: broken.map(lineOf) })
  }
  parentPort?.postMessage({ count, failed } satisfies Judged)
})
