/** The report as Markdown: the first page is for people who do not program. */

import type { Analysis, AnalysisFinding, Comparison, Gap } from '../analysis.ts'
import { textBlock, textLine } from './markdown-text.ts'
import { presentable } from './presentable.ts'
import {
  aboutLines,
  comparisonLine,
  differenceWords,
  duration,
  headline,
  kindWord,
  modelLine,
  placeOf,
  priorityWords,
  statusOf,
  statusWords,
  sureness,
  titles,
  warnings,
} from './wording.ts'

export function markdownReport(given: Analysis): string {
  const analysis = presentable(given)
  const sections = [
    [`# ${headline(analysis)}`, head(analysis)],
    [`## ${titles.asked}`, analysis.request === '' ? '' : textBlock(analysis.request)],
    [`## ${titles.origin}`, origin(analysis)],
    [`## ${titles.change}`, remediations(analysis)],
    [`## ${titles.clauses}`, gaps(analysis.gaps)],
    [`## ${titles.compared}`, analysis.comparison ? compared(analysis.comparison) : ''],
    ['## Evidence', findings(analysis.findings)],
    [`## ${titles.steps}`, timeline(analysis)],
    [
      `## ${titles.about}`,
      aboutLines(analysis)
        .map((line) => `- ${textLine(line)}.`)
        .join('\n'),
    ],
  ] as const
  return `${sections
    .filter(([, body]) => body !== '')
    .map(([title, body]) => `${title}\n\n${body}`)
    .join('\n\n')}\n`
}

function head(analysis: Analysis): string {
  const warned = warnings(analysis).map((line) => `**${line}**\n\n`)
  const asked = modelLine(analysis)
  return `${warned.join('')}${textLine(analysis.summary)}${asked === '' ? '' : `\n\n${textLine(asked)}`}`
}

function origin({ origin: found, timeline: entries }: Analysis): string {
  if (!found) return ''
  const quote = found.quote === undefined ? '' : `\n\n${textBlock(found.quote)}`
  const because = found.because.length > 0 ? `\n\nWhy this step: ${found.because.join('; ')}.` : ''
  return `Step ${found.step} of ${entries.length}, **${textLine(found.agent)}** (${textLine(found.runId)}): ${textLine(found.says)}.${quote}${because}`
}

function remediations({ remediations: list }: Analysis): string {
  return list
    .map(({ action, priority }, at) => `${at + 1}. **${priorityWords[priority]}**: ${textLine(action)}.`)
    .join('\n')
}

function gaps(list: readonly Gap[]): string {
  if (list.length === 0) return ''
  const rows = list.map(({ clause, status }) => `| ${textLine(clause)} | ${statusWords[status]} |`)
  return `| expected | in what came out |\n|---|---|\n${rows.join('\n')}\n\nWhat came out:\n\n${textBlock(list[0]?.actual ?? '')}`
}

/** A longer list is for programs. */
const shownDifferences = 30

function compared(comparison: Comparison): string {
  const rows = comparison.differences
    .slice(0, shownDifferences)
    .map(
      (one) =>
        `| ${textLine(placeOf(one))} | ${differenceWords[one.kind]} | ${textLine(one.good?.text ?? '')} | ${textLine(one.failed?.text ?? '')} |`,
    )
  const table =
    rows.length === 0
      ? ''
      : `\n\n| where | what differs | the good one | this one |\n|---|---|---|---|\n${rows.join('\n')}`
  return `${textLine(comparisonLine(comparison))}${table}`
}

function findings(list: readonly AnalysisFinding[]): string {
  return list
    .map(
      ({ title, says, evidence, detector, id, ...how }) =>
        `**${title}** (${sureness(how)}; ${textLine(evidence.runId)}): ${textLine(says)}.\n\n${textBlock(evidence.quote)}\n\nRule ${textLine(detector)}, finding ${textLine(id)}.`,
    )
    .join('\n\n')
}

function timeline({ timeline: entries }: Analysis): string {
  if (entries.length === 0) return ''
  const rows = entries.map((entry) => {
    const { step, name, type, durationMs, says, findingIds } = entry
    const marks = [statusOf(entry), findingIds.length > 0 ? `${findingIds.length} found` : ''].filter(Boolean)
    return `| ${step} | ${textLine(name)} | ${textLine(kindWord(type))} | ${marks.join(', ')} | ${duration(durationMs)} | ${textLine(says)} |`
  })
  return `| step | who | kind | | took | says |\n|---|---|---|---|---|---|\n${rows.join('\n')}`
}
