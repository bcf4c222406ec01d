/** One trace for analysis from the text of a file: whatever format it has, in the order of execution. */

import { depthLimit, isDeeperThan } from '../../base/json-depth.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { parseJsonOfKnownDepth } from '../../base/text.ts'
import type { Run } from '../../protocol/run.ts'
import { orderRuns } from '../../protocol/run-tree.ts'
import { asLoose, asText } from '../../record/import/loose.ts'
import { fromValues } from '../../record/import/read-traces.ts'
import { conversationRuns } from './conversation.ts'
import { plainSpanRuns } from './plain-spans.ts'

export interface AnalysedTrace {
  readonly id: string
  readonly project?: string
  readonly format: string
  readonly runs: readonly Run[]
  /** Ids of runs whose parent is not in the trace. */
  readonly orphans: readonly string[]
  /** Ids of runs that are among their own ancestors. */
  readonly cycles: readonly string[]
  /** What was cut or left out while it was read, in words. */
  readonly notes?: readonly string[]
}

/** A fault is the reason in words, with what can be read instead. */
export function readTrace(text: string): Outcome<AnalysedTrace, string> {
  if (isDeeperThan(text, depthLimit)) return failed(`it is nested deeper than ${depthLimit} levels`)
  const whole = parseJsonOfKnownDepth(text)
  if (whole !== undefined) return traceFromValues([whole])
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const values = lines.map(parseJsonOfKnownDepth)
  if (values.length > 0 && values.every((value) => value !== undefined)) return traceFromValues(values)
  return failed(text.trim() === '' ? 'it is empty' : 'it is neither JSON nor one JSON value a line')
}

/** The same for values that are parsed already: one, or one a line. */
export function traceFromValues(values: readonly unknown[]): Outcome<AnalysedTrace, string> {
  const [first] = values
  if (first === undefined) return failed('it is empty')
  const own = values.length === 1 ? ownFormat(first) : undefined
  if (own) return done(toTrace(own.format, own.runs, first))
  const read = fromValues(values)
  if (read.ok) return done(toTrace(read.value.format, read.value.runs, first))
  return done(toTrace('json', [wholeRun(values.length === 1 ? first : values)], first))
}

function ownFormat(value: unknown): { readonly format: string; readonly runs: readonly Run[] } | undefined {
  const spans = plainSpanRuns(value)
  if (spans) return { format: 'spans', runs: spans }
  const turns = conversationRuns(value)
  return turns && { format: 'conversation', runs: turns }
}

function toTrace(format: string, given: readonly Run[], value: unknown): AnalysedTrace {
  const tree = orderRuns(given)
  const around = asLoose(value)
  const runs = tree.placed.map(({ node }) => node)
  const project = runs[0]?.project ?? asText(around?.['project_name'])
  return {
    id: runs[0]?.traceId ?? asText(around?.['trace_id']) ?? asText(around?.['id']) ?? 'trace',
    format,
    runs,
    orphans: tree.orphans,
    cycles: tree.cycles,
    ...(project ? { project } : {}),
  }
}

/** JSON of no known shape is kept as one run, so that nothing is passed over in silence. */
function wholeRun(value: unknown): Run {
  return {
    id: 'json',
    traceId: 'json',
    name: 'json',
    runType: 'chain',
    status: 'success',
    source: 'langsmith',
    outputs: value,
    messages: { input: [], output: [] },
    tags: [],
    metadata: {},
  }
}
