/** How deep a JSON text is nested, told before anything is built from it. */

/** Levels that a request or an answer may be nested. */
export const depthLimit = 100

/** Counts open brackets outside strings, without recursion. */
export function isDeeperThan(text: string, limit: number): boolean {
  // Each level takes two brackets.
  if (text.length < 2 * limit) return false
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 34) at = stringEnd(text, at)
    else if (code === 123 || code === 91) {
      depth += 1
      if (depth > limit) return true
    } else if (code === 125 || code === 93) depth -= 1
  }
  return false
}

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
