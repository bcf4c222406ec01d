/** How deep and how wide a JSON text is, told before anything is built from it. */

/** Levels that a request or an answer may be nested. */
export const depthLimit = 100

export interface JsonLimits {
  readonly levels: number
  /** Names in all objects together. */
  readonly fields: number
}

/** What of the limits the text passes first. Counts brackets and colons outside strings, without recursion. */
export function excessOf(text: string, { levels, fields }: JsonLimits): keyof JsonLimits | undefined {
  // Each level takes two brackets, each field a name in quotes, a colon and a value.
  if (text.length < Math.min(2 * levels, 4 * fields)) return undefined
  let depth = 0
  let named = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 34) at = stringEnd(text, at)
    else if (code === 123 || code === 91) {
      depth += 1
      if (depth > levels) return 'levels'
    } else if (code === 125 || code === 93) depth -= 1
    else if (code === 58) {
      named += 1
      if (named > fields) return 'fields'
    }
  }
  return undefined
}

export const isDeeperThan = (text: string, levels: number): boolean =>
  excessOf(text, { levels, fields: Number.POSITIVE_INFINITY }) === 'levels'

/** The index of the quote that closes the string begun at `from`; the last index where none does. */
function stringEnd(text: string, from: number): number {
  let at = text.indexOf('"', from + 1)
  while (at > 0) {
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes += 1
    if (backslashes % 2 === 0) return at
    at = text.indexOf('"', at + 1)
  }
  return text.length
}
