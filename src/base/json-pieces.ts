/** JSON of a large value, written in pieces, so that other work can be done in between. */

import { textPieces } from './text.ts'

type Json = Readonly<Record<string, unknown>>

/** What is written at once, at most. */
export interface PieceLimits {
  /** Of one list. */
  readonly items: number
  /** UTF-16 units of one text. */
  readonly units: number
}

/** Whether there is a list or a text in it that is not written at once. */
export function isLarge(value: unknown, limits: PieceLimits): boolean {
  if (typeof value === 'string') return value.length > limits.units
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) {
    if (value.length > limits.items) return true
    for (const item of value) if (isLarge(item, limits)) return true
    return false
  }
  const fields = value as Json
  for (const name in fields) if (isLarge(fields[name], limits)) return true
  return false
}

/** Together they are `JSON.stringify(value)`, for what `JSON.parse` could have made, with `undefined` for a field that is absent. */
export function* jsonPieces(value: unknown, limits: PieceLimits): Generator<string, void> {
  if (!isLarge(value, limits)) yield JSON.stringify(value) ?? 'null'
  else if (typeof value === 'string') yield* stringPieces(value, limits.units)
  else if (Array.isArray(value)) yield* listPieces(value, limits)
  else yield* objectPieces(value as Json, limits)
}

/** A character that is parted would be written as two escapes. */
function* stringPieces(text: string, units: number): Generator<string, void> {
  yield '"'
  for (const piece of textPieces(text, units)) yield JSON.stringify(piece).slice(1, -1)
  yield '"'
}

/** Items that are small are written together. */
function* listPieces(list: readonly unknown[], limits: PieceLimits): Generator<string, void> {
  let before = '['
  for (let at = 0; at < list.length; ) {
    let end = at
    while (end < list.length && end - at < limits.items && !isLarge(list[end], limits)) end += 1
    if (end > at) yield `${before}${JSON.stringify(list.slice(at, end)).slice(1, -1)}`
    else {
      yield before
      yield* jsonPieces(list[at], limits)
      end += 1
    }
    before = ','
    at = end
  }
  yield ']'
}

function* objectPieces(value: Json, limits: PieceLimits): Generator<string, void> {
  let before = '{'
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue
    yield `${before}${JSON.stringify(name)}:`
    yield* jsonPieces(field, limits)
    before = ','
  }
  yield '}'
}
