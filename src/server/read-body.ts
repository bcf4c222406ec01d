/** Parses a JSON body that may be hostile: depth is counted before anything is built. */

import { done, failed, type Outcome } from '../base/outcome.ts'
import { isRecord, parseJson } from '../base/text.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'

export const depthLimit = 100

/** A JSON object, or the fault to answer with. */
export function readJsonObject(text: string): Outcome<Record<string, unknown>, Fault> {
  if (isDeeperThan(text, depthLimit))
    return failed(makeFault('body_too_deep', `the body is nested deeper than ${depthLimit} levels`))
  const value = parseJson(text)
  if (isRecord(value)) return done(value)
  const says = value === undefined ? 'the body is not valid JSON' : 'the body must be a JSON object'
  return failed(makeFault('body_not_json', says))
}

/** Counts open brackets outside strings, without recursion. */
export function isDeeperThan(text: string, limit: number): boolean {
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
