/** The thread that looks at a large trace for a process that serves others. */

import { parentPort, workerData } from 'node:worker_threads'
import type { ExamineTask } from './examine.ts'
import { examineHere } from './examine-here.ts'

const { trace, options }: ExamineTask = workerData
parentPort?.postMessage(examineHere(trace, options))
