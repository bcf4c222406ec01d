/** `analyze --failed` and `analyze FOLDER`: many traces, their findings grouped into issues. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import { orderRuns } from '../protocol/run-tree.ts'
import { openStoredTraces } from '../record/runs/stored-traces.ts'
import { type AnalyzeOptions, analyze } from '../refinery/analyze.ts'
import type { AnalysedTrace } from '../refinery/import/read-trace.ts'
import { type Analysed, groupIssues } from '../refinery/issues/group-issues.ts'
import { issuesHtml } from '../refinery/issues/issues-html.ts'
import { type IssuesReport, issuesMarkdown, issuesRecord } from '../refinery/issues/issues-report.ts'
import { type CommonOptions, dataDirectory } from './options.ts'
import { type StoredRange, storedRange } from './stored-range.ts'
import { analyzeTraceFile } from './trace-file.ts'

export interface ManyOptions extends CommonOptions, StoredRange {
  /** A folder with trace files; the gateway's own traces where it is absent. */
  readonly folder?: string
  readonly failed?: boolean
}

/** A fault is the reason in words. */
export async function analyzeMany(
  options: ManyOptions,
  rules: AnalyzeOptions,
): Promise<Outcome<IssuesReport, string>> {
  const read =
    options.folder === undefined ? fromStore(options, rules) : await fromFolder(options.folder, rules)
  if (!read.ok) return read
  const { analysed, unread } = read.value
  return done({
    traces: analysed.length,
    clean: analysed.filter(({ analysis }) => analysis.outcome === 'no_failure_found').length,
    issues: groupIssues(analysed),
    unread,
  })
}

export function writtenIssues(report: IssuesReport, format: string): string {
  if (format === 'html') return issuesHtml(report)
  if (format === 'json') return `${JSON.stringify(issuesRecord(report), null, 2)}\n`
  return format === 'yaml' ? stringify(issuesRecord(report)) : issuesMarkdown(report)
}

interface Read {
  readonly analysed: readonly Analysed[]
  readonly unread: IssuesReport['unread']
}

function fromStore(options: ManyOptions, rules: AnalyzeOptions): Outcome<Read, string> {
  const range = storedRange(options, 500)
  if (!range.ok) return range
  const opened = openStoredTraces(dataDirectory(options))
  if (!opened.ok) return opened
  const store = opened.value
  const analysed = store
    .list({ ...range.value, ...(options.failed ? { isFailed: true } : {}) })
    .map(({ traceId, startedAtMs }): Analysed => {
      const trace = storedTrace(store.runs(range.value.tenant, traceId), traceId)
      return { traceId, atMs: startedAtMs, analysis: analyze(trace, rules) }
    })
  store.close()
  return done({ analysed, unread: [] })
}

/** A trace of the gateway's own store, for analysis. */
export function storedTrace(given: AnalysedTrace['runs'], traceId: string): AnalysedTrace {
  const tree = orderRuns(given)
  const runs = tree.placed.map(({ node }) => node)
  const project = runs[0]?.project
  return {
    id: traceId,
    format: 'gateway',
    runs,
    orphans: tree.orphans,
    cycles: tree.cycles,
    notes: [],
    ...(project ? { project } : {}),
  }
}

async function fromFolder(folder: string, rules: AnalyzeOptions): Promise<Outcome<Read, string>> {
  const analysed: Analysed[] = []
  const unread: { traceId: string; why: string }[] = []
  let names: readonly string[]
  try {
    names = readdirSync(folder).filter((name) => /\.jsonl?$/.test(name))
  } catch (error) {
    return failed(`cannot read ${folder}: ${reasonOf(error)}`)
  }
  if (names.length === 0) return failed(`${folder} holds no .json or .jsonl files`)
  for (const name of [...names].sort()) {
    const read = await analyzeTraceFile(join(folder, name), rules)
    if (!read.ok) {
      unread.push({ traceId: name, why: read.fault })
      continue
    }
    const atMs = read.value.timeline.find(({ startedAtMs }) => startedAtMs !== undefined)?.startedAtMs
    analysed.push({ traceId: name, analysis: read.value, ...(atMs === undefined ? {} : { atMs }) })
  }
  return done({ analysed, unread })
}
