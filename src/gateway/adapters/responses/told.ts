/** Holds what a stream told in pieces against the whole that its last event repeats, so that a lost piece is never a success. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { StreamPart } from '../../../protocol/reply.ts'
import { filled } from '../present.ts'
import { readCall } from './read-reply.ts'

export interface ToldCall {
  readonly call: number
  readonly id: string
  json: string
}

/** What was told in pieces so far. */
export interface Told {
  text: string
  refusal: string
  readonly calls: readonly ToldCall[]
}

/** The parts that the whole has beyond what was told; undefined where the two contradict each other. A whole that holds nothing is no witness. */
export function missingOf(told: Told, output: unknown): readonly StreamPart[] | undefined {
  const items = Array.isArray(output) ? output.filter(isRecord) : []
  const text = restOf(told.text, wholeOf(items, 'output_text', 'text'))
  const refusal = restOf(told.refusal, wholeOf(items, 'refusal', 'refusal'))
  const calls = callsOf(told.calls, items)
  if (text === undefined || refusal === undefined || calls === undefined) return undefined
  return [
    ...(text === '' ? [] : [{ kind: 'text', choice: 0, text } as const]),
    ...(refusal === '' ? [] : [{ kind: 'refusal', choice: 0, text: refusal } as const]),
    ...calls,
  ]
}

type Item = Readonly<Record<string, unknown>>

const wholeOf = (items: readonly Item[], type: string, field: string): string =>
  items
    .flatMap(({ content }): unknown[] => (Array.isArray(content) ? content : []))
    .flatMap((part) => (isRecord(part) && part['type'] === type ? [filled(part[field]) ?? ''] : []))
    .join('')

/** Some servers trim the whole: white space at the ends is no difference. */
function restOf(told: string, whole: string): string | undefined {
  if (whole.trim() === '' || told.trim() === whole.trim()) return ''
  return whole.startsWith(told) ? whole.slice(told.length) : undefined
}

function callsOf(told: readonly ToldCall[], items: readonly Item[]): readonly StreamPart[] | undefined {
  const whole = items.filter(({ type }) => type === 'function_call').map(readCall)
  const unheard = whole.filter(({ id }) => !told.some((one) => one.id === id))
  const differs = whole.some(({ id, arguments: json }) => {
    const heard = told.find((one) => one.id === id)
    return heard !== undefined && !isSame(heard.json, json)
  })
  if (differs) return undefined
  return unheard.flatMap(({ id, name, arguments: json }, at): StreamPart[] => [
    { kind: 'tool_call', choice: 0, call: told.length + at, id, name },
    { kind: 'tool_arguments', choice: 0, call: told.length + at, json },
  ])
}

const isSame = (one: string, other: string): boolean =>
  one === other || JSON.stringify(parseJson(one)) === JSON.stringify(parseJson(other))
