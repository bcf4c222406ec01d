/** What the rules say of a trace, with all that the stages build on it; large traces are looked at in a thread of their own. */

import { Worker } from 'node:worker_threads'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { AnalyzeOptions } from '../analyze.ts'
import type { AnalysedTrace } from '../import/read-trace.ts'
import type { Examine, Examined } from './examine-here.ts'

/** Traces of more runs, or of more characters in evaluation cases, messages and payloads, are worth a thread. */
const largeRuns = 100
const largeCharacters = 200_000
const heapMb = 640

/** For a process that serves others meanwhile; it loads the rules with the first trace. */
export const examineApart: Examine = async (trace, options) => {
  if (isLarge(trace, options)) return await inThread({ trace, options })
  const { examine } = await import('./examine-here.ts')
  return await examine(trace, options)
}

function isLarge({ runs }: AnalysedTrace, { evals = [] }: AnalyzeOptions): boolean {
  if (runs.length > largeRuns) return true
  let characters = evals.reduce((sum, { text }) => sum + text.length, 0)
  for (const { messages, inputs, outputs } of runs) {
    for (const { text } of [...messages.input, ...messages.output]) characters += text.length
    if (messages.input.length === 0) characters += JSON.stringify(inputs ?? '').length
    if (messages.output.length === 0) characters += JSON.stringify(outputs ?? '').length
    if (characters > largeCharacters) return true
  }
  return false
}

export interface ExamineTask {
  readonly trace: AnalysedTrace
  readonly options: AnalyzeOptions
}

function inThread(task: ExamineTask): Promise<Outcome<Examined, string>> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./examine-worker.${extension}`, import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  })
  return new Promise((resolve) => {
    worker.once('message', (examined: Examined) => resolve(done(examined)))
    worker.once('error', (error) => resolve(failed(error.message)))
    worker.once('exit', (code) => resolve(failed(`the thread ended early with code ${code}`)))
  })
}
