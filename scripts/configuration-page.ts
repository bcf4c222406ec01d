/** The page of the configuration, from the schema the program reads it with. */

import { z } from 'zod'
import { configSchema } from '../src/config/schema.ts'

interface Field {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly description?: string
  readonly properties?: Readonly<Record<string, Field>>
  readonly additionalProperties?: Field | boolean
  readonly items?: Field
  readonly anyOf?: readonly Field[]
}

/** One row of a table for each field: path, type, default, meaning. */
export function fieldRows(schema: z.ZodType): readonly string[] {
  return fields('', z.toJSONSchema(schema, { io: 'input' }) as Field).map(
    ([path, field]) =>
      `| \`${path}\` | ${typeOf(field)} | ${field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``} | ${field.description ?? ''} |`,
  )
}

export function configurationPage(): string {
  return `# Configuration

\`adaptive-mind.yaml\` in the working directory, or \`--config FILE\`. This page is generated from the schema.

\`\${NAME}\` reads an environment variable that must be set, \`\${NAME:-otherwise}\` one that may be absent. An unknown field, a wrong type or a number out of range is named with its line, and nothing is started. Without a file, every provider whose key stands in the environment is used; where there is none, the sandbox.

| field | type | default | meaning |
|---|---|---|---|
${fieldRows(configSchema).join('\n')}
`
}

function fields(path: string, field: Field): [string, Field][] {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  const inside = Object.entries(field.properties ?? {}).flatMap(([name, one]) => fields(at(name), one))
  if (inside.length > 0) return inside
  if (typeof field.additionalProperties === 'object' && field.additionalProperties.properties)
    return fields(at('NAME'), field.additionalProperties)
  if (field.items?.properties) return [[path, field], ...fields(`${path}[]`, field.items)]
  const object = field.items?.anyOf?.find(({ properties }) => properties)
  return object ? [[path, field], ...fields(`${path}[]`, object)] : [[path, field]]
}

function typeOf(field: Field): string {
  if (field.enum) return field.enum.map((one) => `\`${one}\``).join(', ')
  if (field.anyOf) return field.anyOf.map(typeOf).join(' or ')
  if (field.items) return `list of ${typeOf(field.items)}`
  const low =
    field.minimum ?? (field.exclusiveMinimum === undefined ? undefined : `above ${field.exclusiveMinimum}`)
  return `${field.type ?? ''}${rangeOf(low, field.maximum)}`
}

function rangeOf(low: number | string | undefined, high: number | undefined): string {
  const isOpen = high === undefined || high === Number.MAX_SAFE_INTEGER
  if (isOpen) return low === undefined ? '' : ` (${low} or more)`
  return ` (${low ?? ''} to ${high})`
}
