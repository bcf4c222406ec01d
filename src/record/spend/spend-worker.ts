/** Sums one question in a thread of its own, and ends. */

import { parentPort, workerData } from 'node:worker_threads'
import { readSpend, type SpendQuestion } from './read-spend.ts'

const { dir, question } = workerData as { readonly dir: string; readonly question: SpendQuestion }
parentPort?.postMessage(readSpend(dir, question))
