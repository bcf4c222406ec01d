/** The report as one HTML file without references to anything outside: summary, picture of the run, evidence that opens in place. */

import type { Analysis } from '../analysis.ts'
import { escapeHtml } from './escape-html.ts'
import { htmlPage } from './html-page.ts'
import { comparisonHtml, expectationHtml, originHtml, remediationsHtml, stepHtml } from './html-sections.ts'
import { presentable } from './presentable.ts'
import { timelinePicture } from './timeline-picture.ts'
import { aboutLines, headline, modelLine, titles, warnings } from './wording.ts'

/** More steps than this would make a page that no browser likes; those with findings are always shown. */
const shownSteps = 2_000

export function htmlReport(given: Analysis): string {
  const analysis = presentable(given)
  const { timeline, findings, origin } = analysis
  const shown = timeline.filter(({ step, findingIds }) => step <= shownSteps || findingIds.length > 0)
  const hidden = timeline.length - shown.length
  const asked = modelLine(analysis)
  const body = [
    ...warnings(analysis).map((line) => `<p class="warn">${escapeHtml(line)}</p>`),
    `<h1>${headline(analysis)}</h1><p class="lead">${escapeHtml(analysis.summary)}</p>`,
    asked === '' ? '' : `<p class="hint">${escapeHtml(asked)}</p>`,
    expectationHtml(analysis),
    originHtml(analysis),
    remediationsHtml(analysis.remediations),
    timeline.length === 0
      ? ''
      : `<section><h2>${titles.run}</h2>${timelinePicture(timeline, origin?.runId)}</section>`,
    analysis.comparison ? comparisonHtml(analysis.comparison) : '',
    timeline.length === 0
      ? ''
      : `<section><h2>${titles.steps}</h2><p class="hint">Click a step to see what it said and what was found there.</p>${shown
          .map((entry) => stepHtml(entry, findings, origin?.runId))
          .join(
            '',
          )}${hidden > 0 ? `<p>${hidden} more steps, without findings, are in the JSON report.</p>` : ''}</section>`,
    `<section><h2>${titles.about}</h2><ul>${aboutLines(analysis)
      .map((line) => `<li>${escapeHtml(line)}</li>`)
      .join('')}</ul></section>`,
  ]
  return htmlPage(`${headline(analysis)}: ${analysis.traceId}`, body)
}
