/** Asks what was spent without holding up the thread that serves. */

import { Worker } from 'node:worker_threads'
import { failed, type Outcome } from '../../base/outcome.ts'
import type { SpendQuestion, SpendRow } from './read-spend.ts'

type Answer = Outcome<readonly SpendRow[], string>

/** A fault is the reason in words. */
export function askSpend(dirs: readonly string[], question: SpendQuestion): Promise<Answer> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./spend-worker.${extension}`, import.meta.url), {
    workerData: { dirs, question },
  })
  return new Promise((resolve) => {
    worker.once('message', (answer: Answer) => resolve(answer))
    worker.once('error', (error) => resolve(failed(error.message)))
    worker.once('exit', () => resolve(failed('the reader ended')))
  })
}
