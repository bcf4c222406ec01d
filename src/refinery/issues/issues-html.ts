/** Issues across traces as one HTML file: which failure is most worth fixing. */

import { truncate } from '../../base/text.ts'
import { escapeHtml } from '../report/escape-html.ts'
import { htmlPage } from '../report/html-page.ts'
import { presentable } from '../report/presentable.ts'
import type { Issue } from './group-issues.ts'
import { dayOf, type IssuesReport, percentsOf } from './issues-report.ts'

export function issuesHtml(given: IssuesReport): string {
  const { traces, clean, issues, unread } = presentable(given)
  const lead = `${traces} traces were looked at; in ${clean} no failure was found.`
  const body = [
    `<h1>What goes wrong most</h1><p class="lead">${lead}</p>`,
    issues.length === 0
      ? ''
      : `<section><h2>The share of traces that have it</h2>${sharesPicture(issues)}</section>`,
    ...issues.map(issueHtml),
    unread.length === 0
      ? ''
      : `<section><h2>Not read</h2><ul>${unread.map(({ traceId, why }) => `<li>${escapeHtml(traceId)}: ${escapeHtml(why)}</li>`).join('')}</ul></section>`,
  ]
  return htmlPage('What goes wrong most', body)
}

function issueHtml(issue: Issue, at: number): string {
  const { title, agent, remedy, examples, traces, origins, firstSeenMs, lastSeenMs } = issue
  const seen =
    firstSeenMs === undefined ? '' : `, first seen ${dayOf(firstSeenMs)}, last seen ${dayOf(lastSeenMs)}`
  const shown = examples.map(
    ({ traceId, runId, says, quote }) =>
      `<details><summary>${escapeHtml(traceId)} <small>run ${escapeHtml(runId)}</small></summary><p>${escapeHtml(says)}.</p><blockquote class="bad"><mark>${escapeHtml(quote)}</mark></blockquote></details>`,
  )
  return `<section id="issue-${at + 1}"><h2>${at + 1}. ${escapeHtml(title)}: ${escapeHtml(agent)}</h2><p>In ${counted(traces)} (${percentsOf(issue)}); it came first in ${origins}${seen}.</p>${remedy ? `<p><span class="chip high">What to change</span> ${escapeHtml(remedy)}.</p>` : ''}${shown.join('')}</section>`
}

const counted = (traces: number) => `${traces} ${traces === 1 ? 'trace' : 'traces'}`

const rowPx = 26
const leftPx = 330
const spanPx = 430
/** More rows say nothing in a picture. */
const mostRows = 30

/** A dot for each share, on a line from the lower to the upper end of its interval. */
function sharesPicture(all: readonly Issue[]): string {
  const issues = all.slice(0, mostRows)
  const height = 22 + issues.length * rowPx
  const x = (share: number) => (leftPx + share * spanPx).toFixed(1)
  const axis = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line class="grid" x1="${x(share)}" y1="18" x2="${x(share)}" y2="${height}"/><text class="soft" x="${x(share)}" y="12" font-size="11" text-anchor="middle">${share * 100} %</text>`,
  )
  const rows = issues.map(({ title, agent, share, low, high, traces }, at) => {
    const y = 22 + at * rowPx + rowPx / 2
    const name = truncate(`${at + 1}. ${title}: ${agent}`, 44)
    return `<a href="#issue-${at + 1}"><text x="8" y="${y + 4}" font-size="12.5">${escapeHtml(name)}</text><line x1="${x(low)}" y1="${y}" x2="${x(high)}" y2="${y}" stroke="#94a3b8" stroke-width="3"/><circle class="bad" cx="${x(share)}" cy="${y}" r="5"/><text class="soft" x="${leftPx + spanPx + 14}" y="${y + 4}" font-size="11.5">${counted(traces)}</text></a>`
  })
  return `<svg viewBox="0 0 860 ${height + 4}" role="img" aria-label="Shares of traces with their 95 % intervals" font-family="system-ui,sans-serif">${axis.join('')}${rows.join('')}</svg>`
}
