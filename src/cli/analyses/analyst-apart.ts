/** The sandbox's analyst in a thread of its own, so that a large trace does not hold up whoever asks. */

import { Worker } from 'node:worker_threads'
import type { Config } from '../../config/config.ts'
import { analystConfig } from './open-analyst.ts'

export interface AnalystApart {
  readonly config: Config
  close(): Promise<void>
}

/** What it needs to hold a few answers; a thread that may take more takes it before it tidies up. */
const heapMb = 64
const youngMb = 8

/** Rejects where the thread cannot start. */
export async function openAnalystApart(tokensPerMinute: number): Promise<AnalystApart> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./analyst-thread.${extension}`, import.meta.url), {
    workerData: tokensPerMinute,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb },
  })
  const address = await new Promise<string>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return {
    config: analystConfig(address),
    async close() {
      await worker.terminate()
    },
  }
}
