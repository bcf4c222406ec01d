/** Sums one question in a thread of its own, and ends. */

import { parentPort, workerData } from 'node:worker_threads'
import { readSpend, type SpendQuestion } from './read-spend.ts'

const { dirs, question } = workerData as {
  readonly dirs: readonly string[]
  readonly question: SpendQuestion
}
parentPort?.postMessage(readSpend(dirs, question))
