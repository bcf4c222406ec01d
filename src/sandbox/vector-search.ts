/** The search of a simulated vector store: passages by words in common, filtered by attributes as OpenAI does. */

import { isRecord } from '../base/text.ts'

export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface Held {
  readonly fileId: string
  readonly name: string
  readonly text: string
  readonly attributes: Attributes
}

/** Passages of a file, characters. */
const passageCharacters = 3_200
const usualResults = 10
const mostResults = 50

type Loose = Readonly<Record<string, unknown>>

/** What is wrong with the question; undefined for a good one. */
export function flawOf({ query, filters, max_num_results: most }: Loose): string | undefined {
  const isText = typeof query === 'string' && query !== ''
  if (!isText && !(Array.isArray(query) && query.length > 0)) return "Missing required parameter: 'query'."
  if (most !== undefined && !(Number.isInteger(most) && Number(most) >= 1 && Number(most) <= mostResults))
    return `Invalid 'max_num_results': it must be an integer from 1 to ${mostResults}.`
  return filters === undefined || isFilter(filters) ? undefined : "Invalid 'filters'."
}

export function searchIn(held: readonly Held[], question: Loose): readonly object[] {
  const { query, filters, max_num_results: most = usualResults } = question
  const words = wordsOf([query].flat().join(' '))
  return held
    .filter(({ attributes }) => filters === undefined || passes(filters, attributes))
    .flatMap((file) => passages(file.text).map((text) => ({ file, text, score: scoreOf(text, words) })))
    .toSorted((one, other) => other.score - one.score)
    .slice(0, Number(most))
    .map(({ file: { fileId, name, attributes }, text, score }) => ({
      file_id: fileId,
      filename: name,
      score,
      attributes,
      content: [{ type: 'text', text }],
    }))
}

type Holds = (own: string | number | boolean, asked: unknown) => boolean

/** What is no number stands in no order. */
const asNumber = (value: unknown) => (typeof value === 'number' ? value : Number.NaN)
const comparisons: Readonly<Record<string, Holds>> = {
  eq: (own, asked) => own === asked,
  ne: (own, asked) => own !== asked,
  gt: (own, asked) => asNumber(own) > asNumber(asked),
  gte: (own, asked) => asNumber(own) >= asNumber(asked),
  lt: (own, asked) => asNumber(own) < asNumber(asked),
  lte: (own, asked) => asNumber(own) <= asNumber(asked),
  in: (own, asked) => Array.isArray(asked) && asked.includes(own),
  nin: (own, asked) => Array.isArray(asked) && !asked.includes(own),
}

function isFilter(given: unknown): boolean {
  if (!isRecord(given)) return false
  const { type, key, value, filters } = given
  if (type === 'and' || type === 'or') return Array.isArray(filters) && filters.every(isFilter)
  return typeof key === 'string' && value !== undefined && Object.hasOwn(comparisons, String(type))
}

/** A file without the attribute passes no comparison. */
export function passes(filter: unknown, attributes: Attributes): boolean {
  if (!isRecord(filter)) return false
  const { type, key, value, filters } = filter
  const inner: readonly unknown[] = Array.isArray(filters) ? filters : []
  if (type === 'and') return inner.every((one) => passes(one, attributes))
  if (type === 'or') return inner.some((one) => passes(one, attributes))
  const own = attributes[String(key)]
  return own !== undefined && comparisons[String(type)]?.(own, value) === true
}

function passages(text: string): readonly string[] {
  const count = Math.ceil(text.length / passageCharacters)
  return Array.from({ length: count }, (_, at) =>
    text.slice(at * passageCharacters, (at + 1) * passageCharacters),
  )
}

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [])

function scoreOf(text: string, words: ReadonlySet<string>): number {
  const held = wordsOf(text)
  return [...words].filter((word) => held.has(word)).length / Math.max(1, words.size)
}
