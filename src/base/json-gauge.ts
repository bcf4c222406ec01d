/** Counts how deep and how wide a JSON text is while its bytes arrive, so that no long count is left for the end. */

import type { JsonLimits } from './json-depth.ts'
import type { FieldFinder } from './json-field.ts'

export interface JsonGauge {
  /** What of the limits has been passed by now; once passed, it stays so. */
  push(bytes: Uint8Array): keyof JsonLimits | undefined
}

const quote = 34
const backslash = 92

/** Brackets and colons outside strings are the same bytes in every UTF-8 text. `finder` is told of the outermost object's own fields. */
export function createJsonGauge({ levels, fields }: JsonLimits, finder?: FieldFinder): JsonGauge {
  let depth = 0
  /** Bytes pushed before these. */
  let before = 0
  let stringFrom = 0
  let named = 0
  let isInString = false
  /** The last byte so far was a backslash that escapes the next one. */
  let isEscaped = false
  let excess: keyof JsonLimits | undefined

  /** Index behind the quote that ends the string; the length where it does not end here. */
  const skipString = (bytes: Uint8Array, from: number): number => {
    let at = from
    if (isEscaped && at < bytes.length) {
      isEscaped = false
      at += 1
    }
    for (let end = quoteFrom(bytes, at); end >= 0; end = quoteFrom(bytes, end + 1)) {
      if (backslashesBefore(bytes, end, at) % 2 === 1) continue
      isInString = false
      return end + 1
    }
    isEscaped = backslashesBefore(bytes, bytes.length, at) % 2 === 1
    return bytes.length
  }
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length && excess === undefined; at += 1) {
        if (isInString) {
          at = skipString(bytes, at) - 1
          if (depth === 1 && !isInString)
            finder?.string({ from: stringFrom, to: before + at + 1 }, bytes, before)
          continue
        }
        const byte = bytes[at]
        if (byte === quote) {
          isInString = true
          stringFrom = before + at
        } else if (byte === 123 || byte === 91) {
          depth += 1
          if (depth > levels) excess = 'levels'
        } else if (byte === 125 || byte === 93) depth -= 1
        else if (byte === 58) {
          named += 1
          if (named > fields) excess = 'fields'
          if (depth === 1) finder?.colon()
        } else if (byte === 44 && depth === 1) finder?.comma()
      }
      before += bytes.length
      return excess
    },
  }
}

/** Names and most values are shorter. */
const nearBytes = 24

/** Index of the next quote, -1 without one: near by it is looked for byte by byte, for a search is a call out of JavaScript. */
function quoteFrom(bytes: Uint8Array, from: number): number {
  const far = Math.min(bytes.length, from + nearBytes)
  for (let at = from; at < far; at += 1) if (bytes[at] === quote) return at
  return bytes.indexOf(quote, far)
}

function backslashesBefore(bytes: Uint8Array, end: number, from: number): number {
  let count = 0
  while (end - 1 - count >= from && bytes[end - 1 - count] === backslash) count += 1
  return count
}
