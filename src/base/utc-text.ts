/** Times as ISO 8601 texts. */

let lastMs = Number.NaN
let lastText = ''

/** `wallMs` in UTC, with milliseconds. Many who ask in one turn of the event loop ask for the same. */
export function utcText(wallMs: number): string {
  if (wallMs === lastMs) return lastText
  lastText = new Date(wallMs).toISOString()
  lastMs = wallMs
  return lastText
}
