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

export function configurationPage(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as Field
  const rows = fields('', schema).map(
    ([path, field]) =>
      `| \`${path}\` | ${typeOf(field)} | ${field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``} | ${field.description ?? ''} |`,
  )
  return `# Configuration

\`adaptive-mind.yaml\` in the working directory, or \`--config FILE\`. This page is generated from the schema.

\`\${NAME}\` reads an environment variable that must be set, \`\${NAME:-otherwise}\` one that may be absent. An unknown field, a wrong type or a number out of range is named with its line, and nothing is started. Without a file, every provider whose key stands in the environment is used; where there is none, the sandbox.

| field | type | default | meaning |
|---|---|---|---|
${rows.join('\n')}
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
  const range =
    low === undefined && field.maximum === undefined ? '' : ` (${low ?? ''} to ${field.maximum ?? ''})`
  return `${field.type ?? ''}${range}`
}
