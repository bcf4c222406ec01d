/** Text handling that never breaks a character. */

import { depthLimit, isDeeperThan } from './json-depth.ts'

const cutMark = '...'

/** At most `limit` UTF-16 units of `text`, ending in `...` when something was cut; never half a surrogate pair. Plain dots, for one `…` would double the size of every text that is cut. */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text
  if (limit < cutMark.length) return cutMark.slice(0, Math.max(0, limit))
  const end = limit - cutMark.length
  return text.slice(0, partsPair(text, end) ? end - 1 : end) + cutMark
}

/** Whether a cut at `end` would part the two halves of a character. */
export function partsPair(text: string, end: number): boolean {
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last <= 0xdbff
}

/** The text in pieces of `units` UTF-16 units, or one more where a character would be parted. */
export function* textPieces(text: string, units: number): Generator<string, void> {
  for (let from = 0; from < text.length; ) {
    let end = from + units
    while (partsPair(text, end)) end += 1
    yield text.slice(from, end)
    from = end
  }
}

/** A JSON object, and not an array or null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of a JSON text; undefined where it is none, or is nested deeper than 100 levels: what parses at any depth is written only at some. */
export function parseJson(text: string): unknown {
  return isDeeperThan(text, depthLimit) ? undefined : parseJsonOfKnownDepth(text)
}

/** As `parseJson`, where the depth has been looked at. */
export function parseJsonOfKnownDepth(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
