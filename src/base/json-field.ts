/** Finds the text that one field of a JSON object holds while its bytes arrive, so that it can be replaced there and nothing else is written anew. */

const backslash = 92
/** Of one letter, at most: `\u0061`. */
const escapedBytes = 6

/** Bytes from `from` up to `to`, which is not counted in: the text with its quotes. */
export interface ByteSpan {
  readonly from: number
  readonly to: number
}

/** Told of what stands on the object's own level, in order; places are counted from the text's first byte. */
export interface FieldFinder {
  /** A string has ended; `bytes` begin at `bytesFrom`, and end behind it. */
  string(span: ByteSpan, bytes: Uint8Array, bytesFrom: number): void
  colon(): void
  comma(): void
  /** Undefined unless the field is there exactly once, holds a text, and no other name might be the same. */
  span(): ByteSpan | undefined
}

/** Makes finders of one name, each for one text. */
export function findersOf(name: string): () => FieldFinder {
  const wanted = new TextEncoder().encode(JSON.stringify(name))
  return () => new NameFinder(wanted)
}

/** Has identity: one text that arrives. A class, for one is made for every request. */
class NameFinder implements FieldFinder {
  readonly #wanted: Uint8Array
  #last: Likeness = 'other'
  #found: ByteSpan | undefined
  #isNext = false
  #times = 0
  #isUnsure = false

  constructor(wanted: Uint8Array) {
    this.#wanted = wanted
  }

  string(span: ByteSpan, bytes: Uint8Array, bytesFrom: number): void {
    if (this.#isNext) this.#found = span
    else this.#last = compare(bytes, { from: span.from - bytesFrom, to: span.to - bytesFrom }, this.#wanted)
  }

  colon(): void {
    this.#isNext = this.#last === 'wanted'
    if (this.#isNext) this.#times += 1
    this.#isUnsure ||= this.#last === 'unsure'
  }

  comma(): void {
    this.#isNext = false
  }

  span(): ByteSpan | undefined {
    return this.#times === 1 && !this.#isUnsure ? this.#found : undefined
  }
}

type Likeness = 'wanted' | 'other' | 'unsure'

/** A name in two pieces, or with escapes, might be any. */
function compare(bytes: Uint8Array, { from, to }: ByteSpan, wanted: Uint8Array): Likeness {
  if (from < 0) return 'unsure'
  // Longer than with every letter escaped it cannot be the same; no more of it is read, for a body may hold millions.
  if (to - from > wanted.length * escapedBytes) return 'other'
  for (let at = from; at < to; at += 1) if (bytes[at] === backslash) return 'unsure'
  if (to - from !== wanted.length) return 'other'
  return wanted.every((byte, at) => bytes[from + at] === byte) ? 'wanted' : 'other'
}
