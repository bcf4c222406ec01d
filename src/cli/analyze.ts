/** `analyze`: a trace and an expectation in, a diagnosis with evidence out. */

import { writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import type { Analysis } from '../refinery/analysis.ts'
import { htmlReport } from '../refinery/report/html.ts'
import { analysisRecord } from '../refinery/report/json.ts'
import { markdownReport } from '../refinery/report/markdown.ts'
import { extractTrace } from './extract.ts'
import { type CommonOptions, complain, print } from './options.ts'
import { analyzeTraceFile } from './trace-file.ts'

export interface AnalyzeCommandOptions extends CommonOptions {
  readonly trace: string
  readonly expected?: string
  readonly out?: string
  readonly format?: string
  /** Exit code 1 where a finding is at least this sure: low, medium, high. */
  readonly failOn?: string
  /** Detectors that are switched off, by id. */
  readonly off?: string
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
  if (options.extract !== undefined) {
    const extracted = await extractTrace(options.trace, options.extract)
    if (!extracted.ok) return complained(extracted.fault)
    if (!options.quiet) process.stderr.write(`${extracted.value}\n`)
  }
  const off = new Set((options.off ?? '').split(',').filter(Boolean))
  const analyzed = await analyzeTraceFile(options.trace, { expected: options.expected ?? '', off })
  if (!analyzed.ok) return complained(analyzed.fault)
  const analysis = analyzed.value
  const text = written(analysis, format)
  if (options.out === undefined) print(text.trimEnd())
  else {
    writeFileSync(options.out, text)
    if (!options.quiet) print(`${analysis.summary}\nThe report is in ${options.out}`)
  }
  const isOver = analysis.findings.some(({ confidence }) => confidence >= (level ?? Number.POSITIVE_INFINITY))
  return isOver ? 1 : 0
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
