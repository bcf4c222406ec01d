/** OTLP attributes as plain values, and lists that were spread over numbered names. */

import { asList, asLoose, asNumber, asText } from './loose.ts'

export type Attributes = ReadonlyMap<string, unknown>

/** `[{ key, value: { stringValue } }]` as a map. */
export function readAttributes(value: unknown): Attributes {
  const attributes = new Map<string, unknown>()
  for (const one of asList(value) ?? []) {
    const pair = asLoose(one)
    const key = asText(pair?.['key'])
    if (key !== undefined) attributes.set(key, readAnyValue(pair?.['value'], 0))
  }
  return attributes
}

const deepest = 20

function readAnyValue(value: unknown, depth: number): unknown {
  const given = asLoose(value)
  if (given === undefined || depth > deepest) return undefined
  if ('stringValue' in given) return given['stringValue']
  if ('boolValue' in given) return given['boolValue']
  if ('intValue' in given) return asNumber(given['intValue'])
  if ('doubleValue' in given) return asNumber(given['doubleValue'])
  if ('bytesValue' in given) return given['bytesValue']
  const list = asList(asLoose(given['arrayValue'])?.['values'])
  if (list) return list.map((one) => readAnyValue(one, depth + 1))
  const pairs = asList(asLoose(given['kvlistValue'])?.['values'])
  if (!pairs) return undefined
  return Object.fromEntries(
    pairs.flatMap((one) => {
      const pair = asLoose(one)
      const key = asText(pair?.['key'])
      return key === undefined ? [] : [[key, readAnyValue(pair?.['value'], depth + 1)]]
    }),
  )
}

/** A list is not made longer than this, whatever number a name carries. */
const longestList = 10_000

interface Branch {
  readonly children: Map<string, Branch>
  value?: unknown
}

/** `llm.input_messages.0.message.role` and its like under `prefix`, as lists and records; undefined where there are none. */
export function gather(attributes: Attributes, prefix: string): unknown {
  const root: Branch = { children: new Map() }
  for (const [name, value] of attributes) {
    if (!name.startsWith(`${prefix}.`)) continue
    let branch = root
    for (const step of name.slice(prefix.length + 1).split('.')) {
      const next = branch.children.get(step) ?? { children: new Map() }
      branch.children.set(step, next)
      branch = next
    }
    branch.value = value
  }
  return root.children.size > 0 ? grown(root) : undefined
}

function grown({ children, value }: Branch): unknown {
  if (children.size === 0) return value
  const names = [...children.keys()]
  if (names.every((name) => /^\d{1,5}$/.test(name) && Number(name) < longestList))
    return names
      .map(Number)
      .sort((one, other) => one - other)
      .map((place) => grown(children.get(String(place)) ?? { children: new Map() }))
  return Object.fromEntries(names.map((name) => [name, grown(children.get(name) ?? { children: new Map() })]))
}
