/** What the rules say of a trace, with all that the stages build on it; large traces are looked at in a thread of their own. */

import { Worker } from 'node:worker_threads'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Analysis } from '../analysis.ts'
import { type AnalyzeOptions, analyze, evalsOf } from '../analyze.ts'
import type { EvalCases } from '../eval-cases.ts'
import { type Failures, findFailures } from '../find-failures.ts'
import type { AnalysedTrace } from '../import/read-trace.ts'

export interface Examined {
  readonly base: Analysis
  readonly failures: Failures
  readonly evals: EvalCases
}

/** A fault is the reason in words. */
export type Examine = (trace: AnalysedTrace, options: AnalyzeOptions) => Promise<Outcome<Examined, string>>

export const examine: Examine = async (trace, options) => done(examineHere(trace, options))

export function examineHere(trace: AnalysedTrace, options: AnalyzeOptions): Examined {
  const failures = findFailures(trace.runs, options)
  const evals = evalsOf(trace, options, failures)
  return { failures, evals, base: analyze(trace, options, failures, evals) }
}

/** Traces of more runs, or of more characters in evaluation cases, messages and payloads, are worth a thread. */
const largeRuns = 100
const largeCharacters = 200_000
const heapMb = 640

/** For a process that serves others meanwhile. */
export const examineApart: Examine = (trace, options) =>
  isLarge(trace, options) ? inThread({ trace, options }) : examine(trace, options)

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
