import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configFromEnvironment, sandboxConfig } from './from-environment.ts'

const rows: readonly [
  name: string,
  env: Record<string, string>,
  expected: readonly [provider: string, keys: readonly string[], baseUrl?: string][],
][] = [
  ['one key', { OPENAI_API_KEY: 'a' }, [['openai', ['a']]]],
  ['several keys with commas', { GROQ_API_KEY: 'a, b,,' }, [['groq', ['a', 'b']]]],
  ['either name of a key', { GOOGLE_API_KEY: 'g' }, [['gemini', ['g']]]],
  ['the first name before the second', { GOOGLE_API_KEY: 'g', GEMINI_API_KEY: 'm' }, [['gemini', ['m']]]],
  [
    'providers in the order of the table',
    { GROQ_API_KEY: 'c', ANTHROPIC_API_KEY: 'b', OPENAI_API_KEY: 'a' },
    [
      ['openai', ['a']],
      ['anthropic', ['b']],
      ['groq', ['c']],
    ],
  ],
  ['a local server', { OLLAMA_HOST: 'box:11434' }, [['ollama', [], 'http://box:11434/v1']]],
  ['a local server by its address', { OLLAMA_HOST: 'https://box/' }, [['ollama', [], 'https://box/v1']]],
  ['an empty key is no key', { OPENAI_API_KEY: '', MISTRAL_API_KEY: 'm' }, [['mistral', ['m']]]],
]
for (const [name, env, expected] of rows) {
  test(`environment: ${name}`, () => {
    const config = configFromEnvironment(env)
    assert.ok(config?.ok)
    const { providers, routes } = config.value
    assert.deepEqual(
      [...providers.values()].map(({ name: provider, keys }) => [provider, keys]),
      expected.map(([provider, keys]) => [provider, keys]),
    )
    for (const [provider, , baseUrl] of expected)
      if (baseUrl) assert.equal(providers.get(provider)?.baseUrl, baseUrl)
    assert.deepEqual(
      routes.get('chat')?.targets.map(({ provider }) => provider),
      expected.map(([provider]) => provider),
    )
  })
}

test('environment: nothing set gives nothing', () => {
  assert.equal(configFromEnvironment({ OPENAI_BASE_URL: 'http://elsewhere', HOME: '/' }), undefined)
})

test('environment: the sandbox is one simulated provider on the route chat', () => {
  const config = sandboxConfig('http://127.0.0.1:9')
  const sandbox = config.providers.get('sandbox')
  assert.deepEqual(
    [sandbox?.dialect, sandbox?.baseUrl, sandbox?.simulated],
    ['openai', 'http://127.0.0.1:9/v1', true],
  )
  assert.deepEqual(config.routes.get('chat')?.targets, [{ provider: 'sandbox', models: ['small', 'large'] }])
})
