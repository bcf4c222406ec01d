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
export const createJsonGauge = (limits: JsonLimits, finder?: FieldFinder): JsonGauge =>
  new Gauge(limits, finder)

/** Has identity: one text that arrives. A class, for one is made for every request. */
class Gauge implements JsonGauge {
  readonly #limits: JsonLimits
  readonly #finder: FieldFinder | undefined
  #depth = 0
  /** Bytes pushed before these. */
  #before = 0
  #stringFrom = 0
  #named = 0
  #isInString = false
  /** The last byte so far was a backslash that escapes the next one. */
  #isEscaped = false
  #excess: keyof JsonLimits | undefined

  constructor(limits: JsonLimits, finder: FieldFinder | undefined) {
    this.#limits = limits
    this.#finder = finder
  }

  push(bytes: Uint8Array): keyof JsonLimits | undefined {
    for (let at = 0; at < bytes.length && this.#excess === undefined; at += 1)
      if (this.#isInString) at = this.#skipString(bytes, at) - 1
      else this.#meet(bytes[at], at)
    this.#before += bytes.length
    return this.#excess
  }

  /** A byte outside strings. */
  #meet(byte: number | undefined, at: number): void {
    const isOutermost = this.#depth === 1
    if (byte === quote) {
      this.#isInString = true
      this.#stringFrom = this.#before + at
    } else if (byte === 123 || byte === 91) {
      this.#depth += 1
      if (this.#depth > this.#limits.levels) this.#excess = 'levels'
    } else if (byte === 125 || byte === 93) this.#depth -= 1
    else if (byte === 58) {
      this.#named += 1
      if (this.#named > this.#limits.fields) this.#excess = 'fields'
      if (isOutermost) this.#finder?.colon()
    } else if (byte === 44 && isOutermost) this.#finder?.comma()
  }

  /** Index behind the quote that ends the string; the length where it does not end here. */
  #skipString(bytes: Uint8Array, from: number): number {
    let at = from
    if (this.#isEscaped && at < bytes.length) {
      this.#isEscaped = false
      at += 1
    }
    for (let end = quoteFrom(bytes, at); end >= 0; end = quoteFrom(bytes, end + 1)) {
      if (backslashesBefore(bytes, end, at) % 2 === 1) continue
      this.#isInString = false
      if (this.#depth === 1)
        this.#finder?.string({ from: this.#stringFrom, to: this.#before + end + 1 }, bytes, this.#before)
      return end + 1
    }
    this.#isEscaped = backslashesBefore(bytes, bytes.length, at) % 2 === 1
    return bytes.length
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
