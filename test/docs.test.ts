import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { z } from 'zod'
import { pages } from '../scripts/write-docs.ts'
import { readConfig } from '../src/config/read-config.ts'
import { configSchema } from '../src/config/schema.ts'
import { faultKinds } from '../src/protocol/fault.ts'
import { metricTable } from '../src/record/metrics/metric-table.ts'
import { topicSeverities } from '../src/record/topics.ts'

for (const [path, text] of pages) {
  test(`docs: ${path} says what the code says`, () => {
    assert.equal(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'), text)
  })
}

test('docs: each fault stands in its page once, and the page names no other', () => {
  const page = readFileSync(new URL('../docs/faults.md', import.meta.url), 'utf8')
  const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code)
  assert.deepEqual(named, Object.keys(faultKinds))
})

test('docs: each topic stands in the page of events once, with its severity and a payload, and the page names no other', () => {
  const page = readFileSync(new URL('../docs/events.md', import.meta.url), 'utf8')
  const named = [...page.matchAll(/^\| `([a-z._]+)` \| ([A-Z]+) \| (?:yes)? ?\| .+ \| `(.+)` \|$/gm)]
  assert.deepEqual(
    named.map(([, topic, severity]) => [topic, severity]),
    Object.entries(topicSeverities),
  )
})

const configurationMd = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
const described = z.toJSONSchema(configSchema, { io: 'input' }) as Field

interface Field {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Field>>
  readonly additionalProperties?: Field | boolean
  readonly items?: Field
  readonly anyOf?: readonly Field[]
}

/** Every field by its last name, in no particular order, with what stands inside it. */
function fieldsOf(field: Field): [name: string, field: Field][] {
  const inner = [field.additionalProperties, field.items, ...(field.anyOf ?? [])]
  const deeper = inner.flatMap((one) => (typeof one === 'object' ? fieldsOf(one) : []))
  const own = Object.entries(field.properties ?? {})
  return [...own, ...own.flatMap(([, one]) => fieldsOf(one)), ...deeper]
}

const leaves = fieldsOf(described).filter(
  ([, { properties, additionalProperties }]) => !properties && typeof additionalProperties !== 'object',
)

test('docs: each field of the configuration is described and stands in its page, and the page names no other', () => {
  assert.deepEqual(
    leaves.filter(([, { description }]) => !description).map(([name]) => name),
    [],
  )
  const named = [...configurationMd.matchAll(/^\| `([^`]+)` \|/gm)].map(([, path]) => path?.split('.').at(-1))
  assert.deepEqual(named.sort(), leaves.map(([name]) => name).sort())
})

test('docs: the example of the configuration is read, and shows every section', () => {
  const text = /```yaml\n([\s\S]*?)```/.exec(configurationMd)?.[1] ?? ''
  const config = readConfig({ text, file: 'example.yaml', env: { OPENAI_API_KEY: 'k' } })
  assert.ok(config.ok, JSON.stringify(config))
  for (const section of Object.keys(described.properties ?? {}))
    assert.match(text, new RegExp(`^${section}:`, 'm'))
})

test('docs: each field of the sandbox’s rules is described', () => {
  const page = readFileSync(new URL('../docs/sandbox.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([^`]+)` \|.*\| (.*) \|$/gm)]
  assert.ok(rows.length > 20)
  assert.deepEqual(
    rows.filter(([, , meaning]) => !meaning).map(([, path]) => path),
    [],
  )
})

test('docs: the dashboard asks for metrics that are told, with labels they have', () => {
  const text = readFileSync(new URL('../docs/grafana/adaptive-mind.json', import.meta.url), 'utf8')
  const panels: { targets: { expr: string; legendFormat: string }[] }[] = JSON.parse(text).panels
  const table: Readonly<Record<string, { labels: readonly string[] }>> = metricTable
  const asked = panels.flatMap(({ targets }) => targets)
  assert.ok(asked.length > 15)
  for (const { expr, legendFormat } of asked) {
    const [name = ''] = /adaptive_mind_\w+|nodejs_\w+/.exec(expr) ?? []
    if (name.startsWith('nodejs_')) continue
    const row = table[name.replace(/_bucket$/, '')]
    assert.ok(row, `${name} is no metric`)
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      assert.ok(row.labels.includes(label ?? ''), `${name} has no label ${label}`)
  }
})
