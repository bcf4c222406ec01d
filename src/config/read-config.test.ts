import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemText } from './problem.ts'
import { readConfig } from './read-config.ts'

const read = (text: string, env: Record<string, string> = {}) => readConfig({ text, file: 'a.yaml', env })

const design = `server:    { host: 127.0.0.1, port: 4100 }
providers:
  openai:    { keys: ["\${OPENAI_API_KEY}", "\${OPENAI_API_KEY_2:-}"] }
  house:     { dialect: openai, base_url: "http://127.0.0.1:9200/v1", keys: ["k1", "k2"], models: [small, large] }
  claude:    { dialect: anthropic, base_url: "http://127.0.0.1:9201", keys: ["k3"], models: ["c1"] }
routes:
  chat:
    targets:
      - { provider: house, models: [small, large] }
      - { provider: claude, models: [c1] }
    strategy: priority
    streams: { recovery: [prefill, align, continue] }
    rewrite: off
timeouts:  { total_ms: 120000, connect_ms: 5000, first_token_ms: 10000, idle_ms: 15000, response_ms: 60000 }
attempts:  { max: 12, same_try: 2, base_ms: 250, max_ms: 4000, patience_ms: 2500 }
breaker:   { trip_after: 5, open_for_ms: 20000 }
rates:     { chat_per_minute: 100 }
ledger:    { previews: redacted, mode: best-effort }
`

test('config: the example of the documentation is read', () => {
  const config = read(design, { OPENAI_API_KEY: 'a, b' })
  assert.ok(config.ok, JSON.stringify(config))
  assert.deepEqual(config.value.providers.get('openai')?.keys, ['a', 'b'])
  assert.equal(config.value.providers.get('openai')?.baseUrl, 'https://api.openai.com/v1')
  assert.deepEqual(config.value.routes.get('chat')?.targets[0], {
    provider: 'house',
    models: ['small', 'large'],
  })
  assert.equal(config.value.routes.get('chat')?.rewrite, false)
  assert.equal(config.value.attempts.patienceMs, 2_500)
})

const good = 'providers:\n  openai: { keys: [k] }\n'
const rows: readonly [name: string, text: string, expected: RegExp][] = [
  [
    'a misspelt field',
    `${good}timeuots: {}\n`,
    /^a\.yaml:3 timeuots: there is no such field\. Did you mean "timeouts"\?$/,
  ],
  [
    'a misspelt field inside',
    `${good}timeouts:\n  totel_ms: 5\n`,
    /^a\.yaml:4 timeouts\.totel_ms: .*"total_ms"/,
  ],
  [
    'an unknown provider',
    'providers:\n  opnai: { keys: [k] }\n',
    /^a\.yaml:2 providers\.opnai: .*Did you mean "openai"\?/,
  ],
  [
    'a negative timeout',
    `${good}timeouts:\n  total_ms: -5\n`,
    /^a\.yaml:4 timeouts\.total_ms: must be at least 1/,
  ],
  [
    'a wrong type',
    `${good}timeouts:\n  total_ms: soon\n`,
    /^a\.yaml:4 timeouts\.total_ms: .*expected number/,
  ],
  [
    'a missing variable',
    'providers:\n  openai:\n    keys: ["${NOPE}"]\n',
    /^a\.yaml:3 providers\.openai\.keys\.0: the environment variable NOPE is not set/,
  ],
  [
    'a route to nowhere',
    `${good}routes:\n  chat:\n    targets:\n      - { provider: gone, models: [m] }\n`,
    /^a\.yaml:6 routes\.chat\.targets\.0\.provider: there is no provider "gone"/,
  ],
  [
    'a route without targets',
    `${good}routes:\n  chat: { targets: [] }\n`,
    /^a\.yaml:4 routes\.chat\.targets: must be at least 1/,
  ],
  [
    'a model its provider does not list',
    'providers:\n  openai: { keys: [k], models: [a] }\nroutes:\n  chat:\n    targets:\n      - { provider: openai, models: [b] }\n',
    /^a\.yaml:6 .*does not list the model "b"/,
  ],
  [
    'a provider without keys',
    'providers:\n  openai: {}\n',
    /^a\.yaml:2 providers\.openai\.keys: it has no key/,
  ],
  [
    'an address with a login',
    'providers:\n  openai: { keys: [k], base_url: "https://a@evil.test/" }\n',
    /^a\.yaml:2 providers\.openai\.base_url: must hold no user name/,
  ],
  [
    'an address with a fragment',
    'providers:\n  openai: { keys: [k], base_url: "https://evil.test#" }\n',
    /base_url: must have no query and no fragment/,
  ],
  [
    'another scheme',
    'providers:\n  openai: { keys: [k], base_url: "file:///etc/passwd" }\n',
    /base_url: must be an http or https address/,
  ],
  ['no provider', 'server: { port: 1 }\n', /providers: no provider is configured/],
  [
    'an inherited name',
    'providers:\n  constructor: { keys: [k] }\n',
    /^a\.yaml:2 providers\.constructor: this provider is not known/,
  ],
  ['a field twice', `${good}providers: {}\n`, /^a\.yaml:3 .*unique/],
  ['broken YAML', 'providers: [\n', /^a\.yaml:\d+ /],
]
for (const [name, text, expected] of rows) {
  test(`config: ${name} is named with its line`, () => {
    const config = read(text)
    assert.ok(!config.ok)
    assert.match(problemText(config.fault[0] ?? { file: '', field: '', message: '' }), expected)
  })
}

test('config: an empty key is left out, and a variable may be absent', () => {
  const config = read('providers:\n  openai: { keys: ["${A:-}", "k", ""] }\n')
  assert.deepEqual(config.ok && config.value.providers.get('openai')?.keys, ['k'])
})
