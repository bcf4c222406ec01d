/** The parts of the HTML report. Every text that comes from a trace goes through `escapeHtml`. */

import type {
  Analysis,
  AnalysisFinding,
  Comparison,
  Evidence,
  Remediation,
  TimelineEntry,
} from '../analysis.ts'
import { escapeHtml } from './escape-html.ts'
import {
  comparisonLine,
  differenceWords,
  duration,
  kindWord,
  placeOf,
  priorityWords,
  statusOf,
  statusWords,
  sureness,
  titles,
} from './wording.ts'

export function expectationHtml({ request, expected, gaps }: Analysis): string {
  const boxes = [
    [titles.asked, request],
    [titles.expected, expected],
    [titles.happened, gaps[0]?.actual ?? ''],
  ]
    .filter(([, text]) => text !== '')
    .map(
      ([title = '', text = '']) => `<div><h3>${title}</h3><blockquote>${escapeHtml(text)}</blockquote></div>`,
    )
  const rows = gaps.map(
    ({ clause, status }) =>
      `<li class="${status}"><span class="mark" aria-hidden="true"></span>${escapeHtml(clause)} <b>${statusWords[status]}</b></li>`,
  )
  const points = rows.length < 2 ? '' : `<h3>${titles.clauses}</h3><ul class="points">${rows.join('')}</ul>`
  return boxes.length === 0 ? '' : `<section><div class="boxes">${boxes.join('')}</div>${points}</section>`
}

export function originHtml({ origin, findings, timeline }: Analysis): string {
  if (!origin) return ''
  const evidence = findings.find(
    ({ evidence: { runId, quote } }) => runId === origin.runId && quote === origin.quote,
  )
  const quote = evidence
    ? quoteHtml(evidence.evidence)
    : origin.quote
      ? quoteHtml({ quote: origin.quote })
      : ''
  const because =
    origin.because.length > 0
      ? `<p class="hint">Why this step: ${escapeHtml(origin.because.join('; '))}.</p>`
      : ''
  return `<section><h2>${titles.origin}</h2><p>Step ${origin.step} of ${timeline.length}, <b>${escapeHtml(origin.agent)}</b>. <a href="#step-${origin.step}">Show the step</a></p>${quote}${because}</section>`
}

export function remediationsHtml(list: readonly Remediation[]): string {
  if (list.length === 0) return ''
  const items = list.map(
    ({ action, priority }) =>
      `<li><span class="chip ${priority}">${priorityWords[priority]}</span> ${escapeHtml(action)}.</li>`,
  )
  return `<section><h2>${titles.change}</h2><ol>${items.join('')}</ol></section>`
}

export function comparisonHtml(comparison: Comparison): string {
  const rows = comparison.differences
    .slice(0, 30)
    .map(
      (one) =>
        `<tr><td>${escapeHtml(placeOf(one))}</td><td>${differenceWords[one.kind]}</td><td>${escapeHtml(one.good?.text ?? '')}</td><td>${escapeHtml(one.failed?.text ?? '')}</td></tr>`,
    )
  const table =
    rows.length === 0
      ? ''
      : `<table><thead><tr><th>where</th><th>what differs</th><th>the good one</th><th>this one</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
  const more = comparison.differences.length - rows.length
  return `<section><h2>${titles.compared}</h2><p>${escapeHtml(comparisonLine(comparison))}</p>${table}${more > 0 ? `<p>${more} more differences are in the JSON report.</p>` : ''}</section>`
}

export function stepHtml(
  entry: TimelineEntry,
  findings: readonly AnalysisFinding[],
  originId: string | undefined,
): string {
  const own = entry.findingIds.length === 0 ? [] : findings.filter(({ id }) => entry.findingIds.includes(id))
  const mark = entry.runId === originId ? ' class="origin"' : own.length > 0 ? ' class="found"' : ''
  const evidence = own.map(findingHtml).join('')
  const facts = [kindWord(entry.type), duration(entry.durationMs), statusOf(entry)].filter(Boolean).join(', ')
  const marks =
    entry.runId === originId
      ? ' <em>it began here</em>'
      : own.length > 0
        ? ` <em>${own.length} found</em>`
        : ''
  const says =
    entry.says === ''
      ? '<p class="hint">It said nothing.</p>'
      : `<p class="says">${escapeHtml(entry.says)}</p>`
  return `<details${mark} id="step-${entry.step}"${own.length > 0 ? ' open' : ''}><summary>${entry.step}. ${escapeHtml(entry.name)} <small>${escapeHtml(facts)}</small>${marks}</summary>${says}${evidence}</details>`
}

function findingHtml({ title, says, evidence, detector, id, ...how }: AnalysisFinding): string {
  return `<div class="finding"><p><b>${escapeHtml(title)}</b> <small>${sureness(how)}</small><br>${escapeHtml(says)}.</p>${quoteHtml(evidence)}<p class="hint">rule ${escapeHtml(detector)}, finding ${escapeHtml(id)}</p></div>`
}

/** The quote, marked in the words it stands in. */
function quoteHtml({ quote, before = '', after = '' }: Pick<Evidence, 'quote' | 'before' | 'after'>): string {
  const around = (text: string) => (text === '' ? '' : `<span class="around">${escapeHtml(text)}</span>`)
  return `<blockquote class="bad">${around(before)}<mark>${escapeHtml(quote)}</mark>${around(after)}</blockquote>`
}
