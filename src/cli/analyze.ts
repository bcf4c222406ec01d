/** `analyze`: a trace and an expectation in, a diagnosis with evidence out. */

import { statSync, writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { printable } from '../base/safe-text.ts'
import type { Analysis } from '../refinery/analysis.ts'
import type { AnalyzeOptions } from '../refinery/analyze.ts'
import { htmlReport } from '../refinery/report/html.ts'
import { analysisRecord } from '../refinery/report/json.ts'
import { markdownReport } from '../refinery/report/markdown.ts'
import { presentable } from '../refinery/report/presentable.ts'
import { readFiles } from './analyses/given-files.ts'
import { unusedOptions } from './analyses/unused-options.ts'
import { analyzeMany, type ManyOptions, writtenIssues } from './analyze-many.ts'
import { analyzeOne, type OneTrace } from './analyze-one.ts'
import { extractTrace } from './extract.ts'
import { complain, print } from './options.ts'

export interface AnalyzeCommandOptions extends OneTrace, ManyOptions {
  readonly expected?: string
  readonly out?: string
  readonly format?: string
  /** Exit code 1 where a finding is at least this sure: low, medium, high. */
  readonly failOn?: string
  /** Detectors that are switched off, by id. */
  readonly off?: string
  /** Findings a person found wrong, by id. */
  readonly suppress?: string
  /** Where prompts, evaluation cases and model settings of the trace are written. */
  readonly extract?: string
}

const formats = ['md', 'html', 'json', 'yaml'] as const
type Format = (typeof formats)[number]
const levels: Readonly<Record<string, number>> = { low: 0, medium: 0.5, high: 0.75 }

export async function analyzeCommand(options: AnalyzeCommandOptions): Promise<number> {
  const format = formatOf(options)
  const level = options.failOn === undefined ? undefined : levels[options.failOn]
  if (format === undefined) return wrongUse(`--format must be one of ${formats.join(', ')}`)
  if (options.failOn !== undefined && level === undefined)
    return wrongUse(`--fail-on must be one of ${Object.keys(levels).join(', ')}`)
  const off = new Set((options.off ?? '').split(',').filter(Boolean))
  const suppressed = new Set((options.suppress ?? '').split(',').filter(Boolean))
  const evals = options.evals === undefined ? undefined : readFiles(options.evals, '--evals')
  if (evals?.ok === false) return complained(evals.fault)
  const given = evals === undefined ? {} : { evals: evals.value }
  const rules = { expected: options.expected ?? '', off, suppressed, ...given }
  for (const line of unusedOptions(options, isMany(options))) complain(line)
  if (isMany(options)) return manyCommand(options, rules, format)
  if (options.extract !== undefined && options.trace !== undefined) {
    const extracted = await extractTrace(options.trace, options.extract)
    if (!extracted.ok) return complained(extracted.fault)
    if (!options.quiet) process.stderr.write(`${extracted.value}\n`)
  }
  const analyzed = await analyzeOne(options, rules)
  if (!analyzed.ok) return complained(analyzed.fault)
  const analysis = analyzed.value
  if (analysis === undefined) return 0
  const text = written(analysis, format)
  deliver(options, text, printable(presentable(analysis).summary))
  const isOver = analysis.findings.some(({ confidence }) => confidence >= (level ?? Number.POSITIVE_INFINITY))
  return isOver ? 1 : 0
}

const isMany = ({ trace, traceId, failed, project, since }: AnalyzeCommandOptions): boolean =>
  (trace === undefined && traceId === undefined && Boolean(failed ?? project ?? since)) ||
  (trace !== undefined && statSync(trace, { throwIfNoEntry: false })?.isDirectory() === true)

async function manyCommand(
  options: AnalyzeCommandOptions,
  rules: AnalyzeOptions,
  format: Format,
): Promise<number> {
  const { trace: folder } = options
  const report = await analyzeMany({ ...options, ...(folder === undefined ? {} : { folder }) }, rules)
  if (!report.ok) return complained(report.fault)
  const { traces, issues } = report.value
  deliver(options, writtenIssues(report.value, format), `${issues.length} issues in ${traces} traces`)
  return 0
}

/** To the file that was named, with a line to say so; else to the screen. */
function deliver({ out, quiet }: AnalyzeCommandOptions, text: string, line: string): void {
  if (out === undefined) print(text.trimEnd())
  else writeFileSync(out, text)
  if (out !== undefined && !quiet) print(`${line}\nThe report is in ${out}`)
}

function complained(line: string): number {
  complain(line)
  return 1
}

function wrongUse(line: string): number {
  complain(line)
  return 2
}

function formatOf({ json, format, out }: AnalyzeCommandOptions): Format | undefined {
  const asked = json ? 'json' : (format ?? /\.(md|html|json|yaml)$/.exec(out ?? '')?.[1] ?? 'md')
  return formats.find((one) => one === asked)
}

function written(analysis: Analysis, format: Format): string {
  switch (format) {
    case 'md':
      return markdownReport(analysis)
    case 'html':
      return htmlReport(analysis)
    case 'json':
      return `${JSON.stringify(analysisRecord(analysis), null, 2)}\n`
    case 'yaml':
      return stringify(analysisRecord(analysis))
  }
}
