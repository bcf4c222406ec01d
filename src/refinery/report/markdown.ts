/** The report as Markdown: the first page is for people who do not program. */

import type { Analysis, AnalysisFinding, Gap } from '../analysis.ts'

export function markdownReport(analysis: Analysis): string {
  const sections = [
    ['# What went wrong', head(analysis)],
    ['## Where it began', origin(analysis)],
    ['## What to change', remediations(analysis)],
    ['## What was expected', gaps(analysis.gaps)],
    ['## Evidence', findings(analysis.findings)],
    ['## Step by step', timeline(analysis)],
    ['## About this analysis', about(analysis)],
  ] as const
  return `${sections
    .filter(([, body]) => body !== '')
    .map(([title, body]) => `${title}\n\n${body}`)
    .join('\n\n')}\n`
}

function head({ summary, request, coverage, method }: Analysis): string {
  const share =
    coverage.completionPercentage < 100
      ? `**Only ${coverage.completionPercentage} % of the runs were looked at.** `
      : ''
  const simulated = method === 'simulated' ? '**SIMULATED: no model has looked at this trace.** ' : ''
  const asked = request === '' ? '' : `\n\n> ${request.replaceAll('\n', '\n> ')}`
  return `${simulated}${share}${summary}${asked}`
}

function origin({ origin: found }: Analysis): string {
  if (!found) return ''
  const quote = found.quote === undefined ? '' : `\n\n${quoted(found.quote)}`
  const because = found.because.length > 0 ? `\n\nWhy this step: ${found.because.join('; ')}.` : ''
  return `Step ${found.step}, **${found.agent}** (\`${found.runId}\`): ${found.says}.${quote}${because}`
}

const quoted = (text: string) => `> ${text.trim().replaceAll('\n', '\n> ')}`

function remediations({ remediations: list }: Analysis): string {
  return list.map(({ action, priority }, at) => `${at + 1}. ${action}. (${priority})`).join('\n')
}

function gaps(list: readonly Gap[]): string {
  if (list.length === 0) return ''
  const rows = list.map(({ clause, status }) => `| ${cell(clause)} | ${status} |`)
  return `| expected | in the answer |\n|---|---|\n${rows.join('\n')}\n\nThe answer was:\n\n${quoted(list[0]?.actual ?? '')}`
}

const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ')

function findings(list: readonly AnalysisFinding[]): string {
  return list
    .map(
      ({ title, says, evidence, confidence, part, detector, id }) =>
        `**${title}** (${part}, ${Math.round(confidence * 100)} %, \`${evidence.runId}\`): ${says}\n\n${quoted(evidence.quote)}\n\n<sub>${detector}, ${id}</sub>`,
    )
    .join('\n\n')
}

function timeline({ timeline: entries }: Analysis): string {
  if (entries.length === 0) return ''
  const rows = entries.map(
    ({ step, name, type, status, durationMs, says, findingIds }) =>
      `| ${step} | ${cell(name)} | ${type} | ${findingIds.length > 0 ? `${status}, ${findingIds.length} found` : status} | ${durationMs === undefined ? '' : Math.round(durationMs)} | ${cell(says)} |`,
  )
  return `| step | who | kind | status | ms | says |\n|---|---|---|---|---|---|\n${rows.join('\n')}`
}

function about({ method, coverage, citations, notes, format, traceId, failureType }: Analysis): string {
  const lines = [
    `- Trace \`${traceId}\`, format ${format}; method: ${method}${failureType ? `; failure type: ${failureType}` : ''}.`,
    `- ${coverage.runsAnalyzed} of ${coverage.runsTotal} runs were looked at (${coverage.completionPercentage} %).`,
    `- ${citations.checked} quotes were checked against their runs, ${citations.struckOut} struck out.`,
    ...coverage.leftOut.map(({ runId, why }) => `- \`${runId}\` was left out: ${why}`),
    ...notes.map((note) => `- ${note}`),
  ]
  return lines.join('\n')
}
