/** Gemini's own schema form (OpenAPI's, with types in capitals) → JSON Schema. */

import { isRecord } from '../../../base/text.ts'

/** What stands under a schema: one of them, a list, or a table by name. Everything else is data and stays as it is. */
const single = new Set(['items', 'additionalProperties', 'not'])
const lists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const tables = new Set(['properties', '$defs', 'defs'])

/** Types in small letters, `nullable` as a type; a JSON Schema comes out as it went in. */
export function toJsonSchema(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { nullable, ...rest } = schema
  const entries = Object.entries(rest).map(([name, value]) => [name, convert(name, value)])
  const made: Record<string, unknown> = Object.fromEntries(entries)
  return nullable === true && typeof made['type'] === 'string'
    ? { ...made, type: [made['type'], 'null'] }
    : made
}

function convert(name: string, value: unknown): unknown {
  if (name === 'type') return typeof value === 'string' ? value.toLowerCase() : value
  if (single.has(name)) return sub(value)
  if (lists.has(name)) return Array.isArray(value) ? value.map(sub) : value
  if (!tables.has(name) || !isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sub(one)]))
}

const sub = (value: unknown): unknown => (isRecord(value) ? toJsonSchema(value) : value)
