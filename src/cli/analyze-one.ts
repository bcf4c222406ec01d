/** One trace for `analyze`: from a file or from the gateway's own store, beside a good one where that was asked for. */

import { done, failed, type Outcome } from '../base/outcome.ts'
import { defaultTenant } from '../protocol/access.ts'
import { openStoredTraces } from '../record/runs/stored-traces.ts'
import type { Analysis } from '../refinery/analysis.ts'
import { type AnalyzeOptions, analyze } from '../refinery/analyze.ts'
import type { AnalysedTrace } from '../refinery/import/read-trace.ts'
import { storedTrace } from './analyze-many.ts'
import { type CommonOptions, dataDirectory } from './options.ts'
import { analyzeTraceFile, readTraceFile } from './trace-file.ts'

export interface OneTrace extends CommonOptions {
  readonly trace?: string
  /** A trace of the gateway's own store. */
  readonly traceId?: string
  readonly tenant?: string
  /** A file with a trace that went well. */
  readonly compare?: string
}

/** By the rules alone. A fault is the reason in words. */
export async function analyzeOne(
  options: OneTrace,
  rules: AnalyzeOptions,
): Promise<Outcome<Analysis, string>> {
  const { trace: path, traceId, compare } = options
  if (path !== undefined && traceId === undefined && compare === undefined)
    return analyzeTraceFile(path, rules)
  const trace = await openTrace(options)
  if (!trace.ok) return trace
  if (compare === undefined) return done(analyze(trace.value, rules))
  const good = await readTraceFile(compare)
  return good.ok ? done(analyze(trace.value, { ...rules, good: good.value })) : good
}

async function openTrace(options: OneTrace): Promise<Outcome<AnalysedTrace, string>> {
  const { trace: path, traceId, tenant = defaultTenant } = options
  if (traceId === undefined)
    return path === undefined ? failed('name a trace: a file, --trace-id, or --failed') : readTraceFile(path)
  const opened = openStoredTraces(dataDirectory(options))
  if (!opened.ok) return opened
  const runs = opened.value.runs(tenant, traceId)
  opened.value.close()
  return runs.length === 0 ? failed(`there is no trace ${traceId}`) : done(storedTrace(runs, traceId))
}
