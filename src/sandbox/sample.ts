/** Makes up a value that a JSON Schema allows, always the same, as far as schemas of tools and answers go. */

import { isRecord } from '../base/text.ts'

const deepest = 8

/** Null where nothing is known, and below a depth that only a schema of itself reaches. */
export function sample(schema: unknown): unknown {
  return allowed(schema, schema, 0)
}

function allowed(schema: unknown, root: unknown, depth: number): unknown {
  if (!isRecord(schema) || depth > deepest) return null
  const inner = (one: unknown) => allowed(one, root, depth + 1)
  if (typeof schema['$ref'] === 'string') return inner(referred(schema['$ref'], root))
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  if ('const' in schema) return schema['const']
  const branches = schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf']
  if (Array.isArray(branches)) return inner(branches[0])
  switch (Array.isArray(schema['type']) ? schema['type'][0] : schema['type']) {
    case 'string':
      return 'simulated'
    case 'integer':
    case 'number':
      return numberFor(schema)
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array':
      return [inner(schema['items'])]
    default: {
      const properties = isRecord(schema['properties']) ? schema['properties'] : {}
      return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, inner(one)]))
    }
  }
}

/** 1, or the nearest number that is allowed. */
function numberFor({ minimum, exclusiveMinimum, maximum }: Readonly<Record<string, unknown>>): number {
  const least = typeof minimum === 'number' ? minimum : Number.NEGATIVE_INFINITY
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : Number.NEGATIVE_INFINITY
  const most = typeof maximum === 'number' ? maximum : Number.POSITIVE_INFINITY
  return Math.min(Math.max(1, least, above), most)
}

/** The part of the schema that a local reference names (`#/$defs/city`). */
function referred(reference: string, root: unknown): unknown {
  const steps = reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((step) => step !== '')
  return steps.reduce((at, step) => (isRecord(at) ? at[step] : undefined), root)
}
