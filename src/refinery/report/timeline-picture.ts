/** A picture of the run: a bar for each step, by time where times are known, else by order. */

import type { TimelineEntry } from '../analysis.ts'
import { escapeHtml } from './escape-html.ts'

const rowPx = 22
const leftPx = 220
const widthPx = 820
/** More rows than this say nothing in a picture. */
const mostRows = 200

export function timelinePicture(all: readonly TimelineEntry[], originId: string | undefined): string {
  const entries = all.slice(0, mostRows)
  const place = placing(entries)
  const height = entries.length * rowPx + 8
  const rows = entries.map((entry, at) => {
    const { x, width } = place(entry, at)
    const y = at * rowPx + 4
    const colour = entry.runId === originId ? '#c2410c' : colours[entry.status]
    const name = escapeHtml(entry.name.slice(0, 26))
    const label = `<text x="${8 + entry.depth * 10}" y="${y + 14}" font-size="12">${entry.step}. ${name}</text>`
    const bar = `<rect x="${x.toFixed(1)}" y="${y + 3}" width="${width.toFixed(1)}" height="${rowPx - 8}" rx="2" fill="${colour}"/>`
    const mark =
      entry.runId === originId
        ? `<text x="${Math.min(x + width + 4, widthPx - 70).toFixed(1)}" y="${y + 14}" font-size="11" fill="#c2410c">began here</text>`
        : ''
    return `<a href="#step-${entry.step}">${label}${bar}${mark}</a>`
  })
  const more = all.length > mostRows ? `<p>${all.length - mostRows} more steps are listed below.</p>` : ''
  return `<svg viewBox="0 0 ${widthPx} ${height}" role="img" aria-label="Steps of the run over time" font-family="system-ui,sans-serif">${rows.join('')}</svg>${more}`
}

const colours = { success: '#94a3b8', error: '#dc2626', pending: '#cbd5e1' } as const

function placing(entries: readonly TimelineEntry[]) {
  const starts = entries.map(({ startedAtMs }) => startedAtMs).filter((ms) => ms !== undefined)
  const from = Math.min(...starts)
  const to = Math.max(...entries.map(({ startedAtMs = from, durationMs = 0 }) => startedAtMs + durationMs))
  const spanPx = widthPx - leftPx - 8
  const isTimed = starts.length === entries.length && to > from
  return ({ startedAtMs = from, durationMs = 0 }: TimelineEntry, at: number) => {
    if (!isTimed) return { x: leftPx + (spanPx * at) / entries.length, width: spanPx / entries.length }
    const x = leftPx + ((startedAtMs - from) / (to - from)) * spanPx
    return { x, width: Math.max(3, (durationMs / (to - from)) * spanPx) }
  }
}
