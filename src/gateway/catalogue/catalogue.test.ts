import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { knownProviders } from '../../config/providers.ts'
import { readConfig } from '../../config/read-config.ts'
import { catalogueModels, findModel, modelAbilities } from './catalogue.ts'
import { createCatalogue } from './declared-models.ts'
import data from './models.json' with { type: 'json' }

const tokens = z.int().min(1)
const price = z.string().regex(/^\d+\.\d{2,6}$/)
const flag = z.boolean().optional()
const file = z.strictObject({
  checkedOn: z.iso.date(),
  note: z.string(),
  models: z.array(
    z.strictObject({
      provider: z.enum(Object.keys(knownProviders)),
      id: z.string().min(1),
      aliases: z.array(z.string().min(1)).min(1).optional(),
      contextTokens: tokens.optional(),
      maxOutputTokens: tokens.optional(),
      prices: z
        .strictObject({
          input: price,
          output: price,
          cachedInput: price.optional(),
          cacheWrite: price.optional(),
        })
        .optional(),
      tools: flag,
      vision: flag,
      jsonSchema: flag,
      prefill: flag,
      reasoning: flag,
      retired: z.literal(true).optional(),
      retiresOn: z.iso.date().optional(),
      successor: z.string().optional(),
    }),
  ),
})

test('catalogue: the data has its form', () => {
  assert.equal(file.safeParse(data).error, undefined)
})

test('catalogue: no name stands for two models', () => {
  const names = catalogueModels.flatMap(({ provider, id, aliases = [] }) =>
    [id, ...aliases].map((name) => `${provider}/${name}`),
  )
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  )
})

test('catalogue: each successor is in it, and following successors comes to an end at a model that answers', () => {
  for (const model of catalogueModels) {
    let at = model
    for (let steps = 0; at.successor !== undefined && steps < 5; steps += 1) {
      const next = findModel(at.provider, at.successor)
      assert.ok(next, `${at.id} → ${at.successor}`)
      at = next
    }
    assert.equal(at.successor, undefined, model.id)
    if (at !== model) assert.notEqual(at.retired, true, model.id)
  }
})

test('catalogue: a model whose day has come by the date of the data is marked retired, and no other', () => {
  for (const { id, retired, retiresOn } of catalogueModels)
    if (retiresOn !== undefined) assert.equal(retired === true, retiresOn <= data.checkedOn, id)
})

test('catalogue: no provider’s default model is retired', () => {
  for (const [name, { defaultModel }] of Object.entries(knownProviders))
    assert.notEqual(findModel(name, defaultModel)?.retired, true, name)
})

const finds: readonly [name: string, provider: string, id: string, expected: string | undefined][] = [
  ['an id', 'openai', 'gpt-4.1-mini', 'gpt-4.1-mini'],
  ['a dated name', 'anthropic', 'claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
  ['a model of another provider', 'groq', 'gpt-4.1-mini', undefined],
  ['an unknown model', 'openai', 'gpt-0', undefined],
  ['an inherited name', '__proto__', 'constructor', undefined],
]
for (const [name, provider, id, expected] of finds) {
  test(`catalogue: ${name} is ${expected ? 'found' : 'not found'}`, () =>
    assert.equal(findModel(provider, id)?.id, expected))
}

test('catalogue: newer Anthropic models take no prefill, older ones do', () => {
  assert.equal(modelAbilities('anthropic', 'claude-opus-4-6').prefill, false)
  assert.equal(modelAbilities('anthropic', 'claude-haiku-4-5').prefill, true)
})

const text = `providers:
  openai:
    keys: [k]
    models:
      - gpt-4o
      - { name: gpt-4o-mini, input_price: "1", output_price: "2", tools: false }
      - own
      - { name: words, input_price: "3" }
`
const read = readConfig({ text, file: 'a.yaml', env: {} })
assert.ok(read.ok)
const config = read.value
const openai = config.providers.get('openai')
assert.ok(openai)
const catalogue = createCatalogue(() => config)

test('catalogue: what the configuration declares goes before what is known', () => {
  const facts = catalogue.facts(openai, 'gpt-4o-mini')
  assert.deepEqual([facts.tools, facts.vision, facts.contextTokens], [false, true, 128_000])
  assert.equal(
    catalogue.costUsd({ provider: 'openai', model: 'gpt-4o-mini' }, { input: 1, output: 1 }),
    '0.000003',
  )
})

test('catalogue: a known price is used, cached tokens apart', () => {
  const usage = { input: 1_000_000, output: 0, cachedInput: 400_000 }
  assert.equal(catalogue.costUsd({ provider: 'openai', model: 'gpt-4o' }, usage), '2.000000')
})

test('catalogue: an unknown model has no price and no ability', () => {
  assert.equal(catalogue.costUsd({ provider: 'openai', model: 'own' }, { input: 1, output: 1 }), undefined)
  assert.ok(Object.values(catalogue.facts(openai, 'own')).every((fact) => fact === undefined))
})

test('catalogue: vectors are priced by their input alone, answers are not', () => {
  const words = { provider: 'openai', model: 'words' }
  assert.equal(catalogue.costUsd(words, { input: 2, output: 0 }), '0.000006')
  assert.equal(catalogue.costUsd(words, { input: 2, output: 1 }), undefined)
})
