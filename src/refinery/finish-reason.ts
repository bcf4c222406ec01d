/** Why a model stopped, wherever its writer keeps that. */

import type { Run } from '../protocol/run.ts'
import { asLoose, unpacked } from '../record/import/loose.ts'

const names = [
  'finish_reason',
  'stop_reason',
  'finishReason',
  'gen_ai.response.finish_reasons',
  'ai.response.finishReason',
]
const deepest = 6
/** Of a list, so many entries are looked at. */
const entries = 4

/** The writer's own word; undefined where it gives none. */
export const finishReason = ({ outputs, metadata }: Run): string | undefined =>
  search(outputs, 0) ?? search(metadata, deepest - 1)

function search(value: unknown, depth: number): string | undefined {
  if (depth > deepest || typeof value !== 'object' || value === null) return undefined
  const inner = Array.isArray(value) ? value.slice(0, entries) : Object.values(value)
  const given = asLoose(value)
  const own = given && names.map((name) => wordOf(given[name])).find((word) => word !== undefined)
  return own ?? firstOf(inner, depth)
}

function firstOf(values: readonly unknown[], depth: number): string | undefined {
  for (const value of values) {
    const word = search(value, depth + 1)
    if (word !== undefined) return word
  }
  return undefined
}

function wordOf(value: unknown): string | undefined {
  const plain = unpacked(value)
  const first: unknown = Array.isArray(plain) ? plain[0] : plain
  return typeof first === 'string' && first !== '' ? first : undefined
}
