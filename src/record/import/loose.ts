/** Reads JSON of unknown shape: each function gives what it names, or undefined. */

import { isRecord, parseJson } from '../../base/text.ts'

export type Loose = Readonly<Record<string, unknown>>

export const asText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export const asList = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) ? value : undefined

export const asLoose = (value: unknown): Loose | undefined => (isRecord(value) ? value : undefined)

/** A finite number, or the number a text writes. */
export function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** The first of several readings that gave something. */
export function firstOf<Value>(...values: readonly (Value | undefined)[]): Value | undefined {
  return values.find((value) => value !== undefined)
}

/** The value, or what its text holds where the text is a JSON object or list. */
export function unpacked(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  const parsed = parseJson(value)
  return parsed === undefined ? value : parsed
}

/** What a table holds under a writer's word; undefined also for words that every object has. */
export const entryOf = <Value>(table: Readonly<Record<string, Value>>, word: string): Value | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined

/** Walks down by names; undefined where a step is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value)
}

/** JSON of a value that is no text. */
export function written(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

/** A record without its empty fields, so that a later message does not blot out an earlier one. */
export function filledIn<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
}
