/** Issues across traces as Markdown: which failure is most worth fixing. */

import { snaked } from '../report/json.ts'
import { textBlock, textLine } from '../report/markdown-text.ts'
import { presentable } from '../report/presentable.ts'
import type { Issue } from './group-issues.ts'

export interface IssuesReport {
  /** Traces that were looked at, and those in which no failure was found. */
  readonly traces: number
  readonly clean: number
  readonly issues: readonly Issue[]
  /** Traces that could not be read, and why. */
  readonly unread: readonly { readonly traceId: string; readonly why: string }[]
}

/** With names in snake case, as all reports have them. */
export const issuesRecord = (report: IssuesReport): unknown => snaked(presentable(report))

export function issuesMarkdown(given: IssuesReport): string {
  const { traces, clean, issues, unread } = presentable(given)
  const [first] = issues
  const head = first
    ? `${traces} traces were looked at; in ${clean} no failure was found. Most worth fixing: **${first.title.toLowerCase()}** at ${textLine(first.agent)}, in ${first.traces} of ${traces} traces (${percentsOf(first)}).`
    : `${traces} traces were looked at; no failure was found.`
  const rows = issues.map(
    (issue, at) =>
      `| ${at + 1} | ${issue.title} | ${textLine(issue.agent)} | ${issue.traces} | ${issue.origins} | ${percentsOf(issue)} | ${dayOf(issue.firstSeenMs)} | ${dayOf(issue.lastSeenMs)} |`,
  )
  const table =
    rows.length === 0
      ? ''
      : `\n\n| | what | who | traces | came first in | share of all, 95 % interval | first seen | last seen |\n|---|---|---|---|---|---|---|---|\n${rows.join('\n')}`
  const examples = issues.map(
    (issue, at) =>
      `## ${at + 1}. ${issue.title}: ${textLine(issue.agent)}\n\n${issue.remedy ? `${textLine(issue.remedy)}.\n\n` : ''}${issue.examples
        .map(
          ({ traceId, runId, says, quote }) =>
            `Trace ${textLine(traceId)}, run ${textLine(runId)}: ${textLine(says)}.\n\n${textBlock(quote)}`,
        )
        .join('\n\n')}`,
  )
  const missed = unread.map(
    ({ traceId, why }) => `- ${textLine(traceId)} could not be read: ${textLine(why)}`,
  )
  return `${[`# What goes wrong most\n\n${head}${table}`, ...examples, ...(missed.length > 0 ? [missed.join('\n')] : [])].join('\n\n')}\n`
}

export const percentsOf = ({ share, low, high }: Issue) =>
  `${Math.round(share * 100)} %, ${Math.round(low * 100)} to ${Math.round(high * 100)} %`

export const dayOf = (ms: number | undefined) =>
  ms === undefined ? '' : new Date(ms).toISOString().slice(0, 10)
