/** One trace for `analyze`: from a file or from the gateway's own store, beside a good one where that was asked for. */

import { done, failed, type Outcome } from '../base/outcome.ts'
import { defaultTenant } from '../protocol/access.ts'
import { openStoredTraces } from '../record/runs/stored-traces.ts'
import type { Analysis } from '../refinery/analysis.ts'
import { type AnalyzeOptions, analyze } from '../refinery/analyze.ts'
import type { HeldTrace } from '../refinery/apart/held-trace.ts'
import type { AnalysedTrace } from '../refinery/import/read-trace.ts'
import { type FurtherOptions, goesFurther } from './analyses/analyze-further.ts'
import { storedTrace } from './analyze-many.ts'
import { dataDirectory } from './options.ts'
import { analyzeTraceFile, holdSmall, holdTraceFile, readTraceFile } from './trace-file.ts'

export interface OneTrace extends FurtherOptions {
  readonly trace?: string
  /** A trace of the gateway's own store. */
  readonly traceId?: string
  readonly tenant?: string
  /** A file with a trace that went well. */
  readonly compare?: string
}

async function further(
  options: OneTrace,
  rules: AnalyzeOptions,
): Promise<Outcome<Analysis | undefined, string>> {
  const good = options.compare === undefined ? undefined : await readTraceFile(options.compare)
  if (good?.ok === false) return good
  const held = await holdTrace(options)
  if (!held.ok) return held
  const { analyzeFurther } = await import('./analyses/analyze-further.ts')
  try {
    return await analyzeFurther(held.value, options, { ...rules, ...(good ? { good: good.value } : {}) })
  } finally {
    held.value.close()
  }
}

/** By the rules alone, unless more was asked for. Undefined where only a plan was. A fault is the reason in words. */
export async function analyzeOne(
  options: OneTrace,
  rules: AnalyzeOptions,
): Promise<Outcome<Analysis | undefined, string>> {
  const { trace: path, traceId, compare } = options
  if (goesFurther(options)) return further(options, rules)
  if (path !== undefined && traceId === undefined && compare === undefined)
    return analyzeTraceFile(path, rules)
  const trace = await openTrace(options)
  if (!trace.ok) return trace
  if (compare === undefined) return done(analyze(trace.value, rules))
  const good = await readTraceFile(compare)
  return good.ok ? done(analyze(trace.value, { ...rules, good: good.value })) : good
}

async function holdTrace(options: OneTrace): Promise<Outcome<HeldTrace, string>> {
  const { trace: path, traceId } = options
  if (path !== undefined && traceId === undefined) return holdTraceFile(path)
  const trace = await openTrace(options)
  return trace.ok ? done(holdSmall(trace.value)) : trace
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
