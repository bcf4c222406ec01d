/** A tool's definition as the dialects write it, and what a call's arguments lack of it. */

import { isRecord, parseJson } from '../base/text.ts'
import { asList, asText, type Loose } from '../record/import/loose.ts'

export interface ToolDefinition {
  readonly name: string
  readonly required: readonly string[]
  readonly properties: Loose
  /** No other names are allowed. */
  readonly isClosed: boolean
}

/** OpenAI's `function.parameters` and flat form, Anthropic's `input_schema`, Gemini's list of declarations. */
export function toolDefinitions(tools: readonly unknown[]): readonly ToolDefinition[] {
  return tools.flatMap((tool): readonly ToolDefinition[] => {
    if (!isRecord(tool)) return []
    const declared = asList(tool['functionDeclarations'])
    if (declared) return toolDefinitions(declared)
    const inner = isRecord(tool['function']) ? tool['function'] : tool
    const name = asText(inner['name'])
    const schema = inner['parameters'] ?? inner['input_schema'] ?? inner['inputSchema']
    if (name === undefined || !isRecord(schema)) return []
    return [
      {
        name,
        required: (asList(schema['required']) ?? []).filter((one) => typeof one === 'string'),
        properties: isRecord(schema['properties']) ? schema['properties'] : {},
        isClosed: schema['additionalProperties'] === false,
      },
    ]
  })
}

/** What is wrong with a call's JSON arguments, in words; undefined where nothing is. */
export function argumentFault(definition: ToolDefinition, json: string): string | undefined {
  const given = parseJson(json === '' ? '{}' : json)
  if (!isRecord(given)) return 'its arguments are no JSON object'
  const missing = definition.required.find((name) => !Object.hasOwn(given, name))
  if (missing !== undefined) return `"${missing}" is required and missing`
  for (const [name, value] of Object.entries(given)) {
    const wanted = Object.hasOwn(definition.properties, name) ? definition.properties[name] : undefined
    if (wanted === undefined && definition.isClosed) return `"${name}" is no argument of it`
    if (isRecord(wanted) && !fits(wanted['type'], value))
      return `"${name}" must be of type ${String(wanted['type'])}`
  }
  return undefined
}

function fits(type: unknown, value: unknown): boolean {
  switch (typeof type === 'string' ? type.toLowerCase() : undefined) {
    case 'string':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'integer':
      return Number.isInteger(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isRecord(value)
    default:
      return true
  }
}
