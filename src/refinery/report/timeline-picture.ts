/** A picture of the run: a bar for each step, by time where times are known, else by order. */

import type { TimelineEntry } from '../analysis.ts'
import { escapeHtml } from './escape-html.ts'
import { duration } from './wording.ts'

const rowPx = 22
const headPx = 22
const leftPx = 250
const widthPx = 900
const rightPx = 110
const ticks = 4
/** More rows than this say nothing in a picture: then the origin, what was found, and the beginning are shown. */
const mostRows = 120

export function timelinePicture(all: readonly TimelineEntry[], originId: string | undefined): string {
  const entries = chosen(all, originId)
  const { place, totalMs } = placing(entries)
  const height = headPx + entries.length * rowPx + 8
  const rows = entries.map((entry, at) => {
    const { x, width } = place(entry, at)
    const y = headPx + at * rowPx
    const isOrigin = entry.runId === originId
    const found = entry.findingIds.length
    const kind = isOrigin ? 'bad' : entry.status === 'error' ? 'error' : found > 0 ? 'warn' : 'step'
    const note = isOrigin
      ? 'it began here'
      : found > 0
        ? 'a sign of it'
        : entry.status === 'error'
          ? 'failed'
          : ''
    const indent = Math.min(entry.depth, 8) * 12
    const room = Math.max(6, Math.floor((leftPx - 30 - indent) / 7.2))
    const label = `<text x="${8 + indent}" y="${y + 15}" font-size="12.5">${entry.step}. ${escapeHtml(cut(entry.name, room))}</text>`
    const bar = `<rect class="${kind}" x="${x.toFixed(1)}" y="${y + 4}" width="${width.toFixed(1)}" height="${rowPx - 8}" rx="3"/>`
    const mark =
      note === ''
        ? ''
        : `<text class="${isOrigin ? 'bad' : 'soft'}" x="${(x + width + 5).toFixed(1)}" y="${y + 15}" font-size="11.5">${note}</text>`
    return `<a href="#step-${entry.step}"><title>${escapeHtml(`${entry.name} ${duration(entry.durationMs)}`)}</title>${label}${bar}${mark}</a>`
  })
  const more =
    all.length > entries.length
      ? `<p class="hint">${all.length - entries.length} of ${all.length} steps are left out of the picture.</p>`
      : ''
  return `<svg viewBox="0 0 ${widthPx} ${height}" role="img" aria-label="Steps of the run over time" font-family="system-ui,sans-serif">${axis(totalMs, height)}${rows.join('')}</svg>${more}`
}

const cut = (text: string, characters: number) =>
  text.length <= characters ? text : `${[...text].slice(0, characters - 1).join('')}…`

function chosen(all: readonly TimelineEntry[], originId: string | undefined): readonly TimelineEntry[] {
  if (all.length <= mostRows) return all
  const marked = all.filter(({ findingIds, runId }) => findingIds.length > 0 || runId === originId)
  const kept = new Set(marked.slice(0, mostRows))
  for (const entry of all) {
    if (kept.size >= mostRows) break
    kept.add(entry)
  }
  return all.filter((entry) => kept.has(entry))
}

function axis(totalMs: number | undefined, height: number): string {
  if (totalMs === undefined)
    return `<text class="soft" x="${leftPx}" y="14" font-size="11">in order; no times are known</text>`
  const spanPx = widthPx - leftPx - rightPx
  return Array.from({ length: ticks + 1 }, (_, at) => {
    const x = leftPx + (spanPx * at) / ticks
    const words = at === 0 ? 'start' : duration((totalMs * at) / ticks)
    return `<line class="grid" x1="${x}" y1="${headPx - 4}" x2="${x}" y2="${height - 4}"/><text class="soft" x="${x}" y="14" font-size="11" text-anchor="${at === 0 ? 'start' : 'middle'}">${words}</text>`
  }).join('')
}

function placing(entries: readonly TimelineEntry[]) {
  const starts = entries.flatMap(({ startedAtMs }) => startedAtMs ?? [])
  const from = starts.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY)
  const to = entries.reduce(
    (latest, { startedAtMs = from, durationMs = 0 }) => Math.max(latest, startedAtMs + durationMs),
    from,
  )
  const spanPx = widthPx - leftPx - rightPx
  const isTimed = entries.length > 0 && starts.length === entries.length && to > from
  const place = ({ startedAtMs = from, durationMs = 0 }: TimelineEntry, at: number) => {
    if (!isTimed) return { x: leftPx + (spanPx * at) / entries.length, width: spanPx / entries.length }
    const x = leftPx + ((startedAtMs - from) / (to - from)) * spanPx
    return { x, width: Math.max(3, (durationMs / (to - from)) * spanPx) }
  }
  return { place, totalMs: isTimed ? to - from : undefined }
}
