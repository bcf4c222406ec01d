/** The report as one HTML file without references to anything outside: summary, picture of the run, evidence that opens in place. */

import type { Analysis, AnalysisFinding, TimelineEntry } from '../analysis.ts'
import { escapeHtml } from './escape-html.ts'
import { timelinePicture } from './timeline-picture.ts'

export function htmlReport(analysis: Analysis): string {
  const { origin, gaps, remediations, findings, timeline, coverage } = analysis
  const body = [
    analysis.method === 'simulated'
      ? '<p class="warn">SIMULATED: no model has looked at this trace.</p>'
      : '',
    coverage.completionPercentage < 100
      ? `<p class="warn">Only ${coverage.completionPercentage} % of the runs were looked at.</p>`
      : '',
    `<h1>What went wrong</h1><p class="lead">${escapeHtml(analysis.summary)}</p>`,
    analysis.request === ''
      ? ''
      : `<h3>What was asked</h3><blockquote>${escapeHtml(analysis.request)}</blockquote>`,
    origin?.quote === undefined
      ? ''
      : `<h3>Where it began: ${escapeHtml(origin.agent)}, step ${origin.step}</h3><blockquote class="bad">${escapeHtml(origin.quote)}</blockquote>`,
    list(
      'What to change',
      remediations.map(({ action, priority }) => `<li><b>${priority}</b> ${escapeHtml(action)}</li>`),
    ),
    gaps.length === 0
      ? ''
      : `<h2>What was expected</h2><table>${gaps.map(({ clause, status }) => `<tr><td>${escapeHtml(clause)}</td><td class="${status}">${status}</td></tr>`).join('')}</table><p>The answer was:</p><blockquote>${escapeHtml(gaps[0]?.actual ?? '')}</blockquote>`,
    timeline.length === 0 ? '' : `<h2>The run</h2>${timelinePicture(timeline, origin?.runId)}`,
    `<h2>Step by step</h2>${timeline.map((entry) => stepHtml(entry, findings, origin?.runId)).join('')}`,
    `<h2>About this analysis</h2>${about(analysis)}`,
  ]
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>What went wrong: ${escapeHtml(analysis.traceId)}</title><style>${style}</style></head><body><main>${body.join('\n')}</main></body></html>\n`
}

const list = (title: string, items: readonly string[]) =>
  items.length === 0 ? '' : `<h2>${title}</h2><ol>${items.join('')}</ol>`

function stepHtml(
  entry: TimelineEntry,
  findings: readonly AnalysisFinding[],
  originId: string | undefined,
): string {
  const own = findings.filter(({ id }) => entry.findingIds.includes(id))
  const mark = entry.runId === originId ? ' class="origin"' : own.length > 0 ? ' class="found"' : ''
  const evidence = own
    .map(
      ({ title, says, evidence: { quote }, confidence, part }) =>
        `<p><b>${escapeHtml(title)}</b> (${part}, ${Math.round(confidence * 100)} %): ${escapeHtml(says)}</p><blockquote class="bad">${escapeHtml(quote)}</blockquote>`,
    )
    .join('')
  const took = entry.durationMs === undefined ? '' : `, ${Math.round(entry.durationMs)} ms`
  const marks = own.length > 0 ? ` <em>${own.length} found</em>` : ''
  return `<details${mark} id="step-${entry.step}"${own.length > 0 ? ' open' : ''}><summary>${entry.step}. ${escapeHtml(entry.name)} <small>${escapeHtml(entry.type)}, ${entry.status}${took}</small>${marks}</summary><p>${escapeHtml(entry.says)}</p>${evidence}</details>`
}

function about({ method, coverage, citations, notes, format, failureType }: Analysis): string {
  const items = [
    `Method: ${method}; format: ${format}${failureType ? `; failure type: ${failureType}` : ''}`,
    `${coverage.runsAnalyzed} of ${coverage.runsTotal} runs were looked at (${coverage.completionPercentage} %)`,
    `${citations.checked} quotes were checked against their runs, ${citations.struckOut} struck out`,
    ...coverage.leftOut.map(({ runId, why }) => `${runId} was left out: ${why}`),
    ...notes,
  ]
  return `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`
}

const style = `body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;background:#f6f7f9;margin:0}main{max-width:54rem;margin:0 auto;padding:2rem 1rem;background:#fff}
h1{margin-top:0}.lead{font-size:1.2rem}blockquote{margin:.5rem 0;padding:.4rem .8rem;border-left:4px solid #b8c0cc;background:#f6f7f9;white-space:pre-wrap;overflow-wrap:anywhere}
blockquote.bad{border-color:#c2410c}table{border-collapse:collapse;width:100%}td{border-bottom:1px solid #e3e6eb;padding:.3rem .5rem}
.met{color:#15803d}.partial{color:#a16207}.missing{color:#b91c1c}.warn{background:#fef3c7;padding:.5rem .8rem}
details{border:1px solid #e3e6eb;border-radius:6px;margin:.4rem 0;padding:.3rem .8rem}details.origin{border-color:#c2410c;border-width:2px}details.found{border-color:#d97706}
summary{cursor:pointer}summary em{color:#c2410c;font-style:normal}svg{max-width:100%;height:auto}`
