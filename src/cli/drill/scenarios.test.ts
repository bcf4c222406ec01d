import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../../config/read-config.ts'
import { remedyFor } from './report.ts'
import { drillKeys, hitsOf, type ScenarioName, scenarios } from './scenarios.ts'

const read = readConfig({
  file: 'drill.yaml',
  env: {},
  text: JSON.stringify({
    providers: {
      openai: { keys: ['a,b'] },
      anthropic: { keys: ['c'] },
      house: { dialect: 'openai', base_url: 'http://127.0.0.1:9', keyless: true },
    },
    routes: {
      one: {
        targets: [
          { provider: 'anthropic', models: ['m'] },
          { provider: 'openai', models: ['m'] },
        ],
      },
      two: { targets: [{ provider: 'openai', models: ['m'] }] },
      three: {
        targets: [
          { provider: 'openai', models: ['m'] },
          { provider: 'house', models: ['m'] },
        ],
      },
    },
  }),
})
assert.ok(read.ok)
const config = read.value

const rows: readonly [scenario: ScenarioName, hits: readonly [provider: string, routes: string][]][] = [
  ['openai-outage', [['openai', 'two,three']]],
  [
    'rate-storm',
    [
      ['anthropic', 'one'],
      ['openai', 'two,three'],
    ],
  ],
  [
    'stream-cuts',
    [
      ['anthropic', 'one'],
      ['openai', 'two,three'],
    ],
  ],
]
for (const [name, expected] of rows)
  test(`drill: ${name} hits the providers that routes try first`, () => {
    const hits = hitsOf(config, scenarios[name]).map(({ provider, routes }) => [provider, routes.join()])
    assert.deepEqual(hits, expected)
  })

test('drill: real keys take no part; a provider without keys is called without one', () => {
  const keys = [...config.providers.values()].map(drillKeys)
  assert.deepEqual(keys, [['drill-key-1', 'drill-key-2'], ['drill-key-1'], []])
})

test('drill: a route with one provider is told to add another', () => {
  assert.match(remedyFor('two', 'openai', config), /add a target on another provider than openai/)
  assert.doesNotMatch(remedyFor('one', 'anthropic', config), /add a target/)
})
