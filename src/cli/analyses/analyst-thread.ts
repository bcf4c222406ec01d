/** The thread of the sandbox's analyst: it counts and reads as much as a real provider, which is nobody's business here. */

import { parentPort, workerData } from 'node:worker_threads'
import { openAnalyst } from './open-analyst.ts'

const tokensPerMinute: unknown = workerData
const sandbox = await openAnalyst(Number(tokensPerMinute))
parentPort?.postMessage(sandbox.address)
