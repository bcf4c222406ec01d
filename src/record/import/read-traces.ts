/** Runs from the text of a file or a body, whichever of the known formats it has. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { parseJson } from '../../base/text.ts'
import { mergeRuns } from '../../protocol/merge-runs.ts'
import type { Run, RunUpdate } from '../../protocol/run.ts'
import { readLangfuse } from './langfuse.ts'
import { readLangSmith } from './langsmith.ts'
import { asList } from './loose.ts'
import { readOtlp } from './otlp.ts'

export type TraceFormat = 'otlp' | 'langfuse' | 'langsmith'

export interface ReadTraces {
  readonly format: TraceFormat
  readonly runs: readonly Run[]
}

/** JSON, or one JSON value a line. A fault is the reason in words. */
export function readTraces(text: string): Outcome<ReadTraces, string> {
  const whole = parseJson(text)
  const values = whole === undefined ? lines(text) : [whole]
  if (values === undefined) return failed('it is neither JSON nor one JSON value a line')
  return fromValues(values)
}

/** The same for values that are parsed already. */
export function fromValues(values: readonly unknown[]): Outcome<ReadTraces, string> {
  const read = values.map(recognise)
  const known = read.filter((one) => one !== undefined)
  const format = known[0]?.[0]
  if (format === undefined)
    return failed('it is no trace that is known: LangSmith runs, Langfuse observations, OTLP resourceSpans')
  return done({ format, runs: mergeRuns(known.flatMap(([, updates]) => updates)) })
}

function lines(text: string): readonly unknown[] | undefined {
  const filled = text.split('\n').filter((line) => line.trim() !== '')
  const values = filled.map(parseJson)
  return values.length > 0 && values.every((value) => value !== undefined) ? values : undefined
}

function recognise(value: unknown): readonly [TraceFormat, readonly RunUpdate[]] | undefined {
  const otlp = readOtlp(value)
  if (otlp) return ['otlp', otlp]
  const langfuse = readLangfuse(value)
  if (langfuse) return ['langfuse', langfuse]
  const list = asList(value)
  const inner = list?.map(recognise)
  if (inner && inner.length > 0 && inner.every((one) => one !== undefined && one[0] !== 'langsmith'))
    return [inner[0]?.[0] ?? 'otlp', inner.flatMap((one) => one?.[1] ?? [])]
  const langsmith = readLangSmith(value)
  return langsmith && ['langsmith', langsmith]
}
