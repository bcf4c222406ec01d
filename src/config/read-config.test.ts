import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatProblems } from './format-problems.ts'
import { readConfig } from './read-config.ts'
import { redactedConfig } from './redacted.ts'

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
    /^a\.yaml:3:1 timeuots: there is no such field\. Did you mean "timeouts"\?$/,
  ],
  [
    'a misspelt field inside',
    `${good}timeouts:\n  totel_ms: 5\n`,
    /^a\.yaml:4:3 timeouts\.totel_ms: .*"total_ms"/,
  ],
  [
    'an unknown provider',
    'providers:\n  opnai: { keys: [k] }\n',
    /^a\.yaml:2:3 providers\.opnai: .*Did you mean "openai"\?/,
  ],
  [
    'a negative timeout',
    `${good}timeouts:\n  total_ms: -5\n`,
    /^a\.yaml:4:3 timeouts\.total_ms: must be at least 1 \(got -5\)$/,
  ],
  [
    'a wrong type',
    `${good}timeouts:\n  total_ms: soon\n`,
    /^a\.yaml:4:3 timeouts\.total_ms: .*expected number/,
  ],
  [
    'a missing variable',
    'providers:\n  openai:\n    keys: ["${NOPE}"]\n',
    /^a\.yaml:3:12 providers\.openai\.keys\.0: the environment variable NOPE is not set/,
  ],
  [
    'a route to nowhere',
    `${good}routes:\n  chat:\n    targets:\n      - { provider: gone, models: [m] }\n`,
    /^a\.yaml:6:11 routes\.chat\.targets\.0\.provider: there is no provider "gone"/,
  ],
  [
    'a route without targets',
    `${good}routes:\n  chat: { targets: [] }\n`,
    /^a\.yaml:4:11 routes\.chat\.targets: must have at least 1 entry$/,
  ],
  [
    'a model its provider does not list',
    'providers:\n  openai: { keys: [k], models: [a] }\nroutes:\n  chat:\n    targets:\n      - { provider: openai, models: [b] }\n',
    /^a\.yaml:6:38 routes\.chat\.targets\.0\.models\.0: .*does not list the model "b"/,
  ],
  [
    'a provider without keys',
    'providers:\n  openai: {}\n',
    /^a\.yaml:2:3 providers\.openai\.keys: it has no key/,
  ],
  [
    'an address with a login',
    'providers:\n  openai: { keys: [k], base_url: "https://a@evil.test/" }\n',
    /^a\.yaml:2:24 providers\.openai\.base_url: must hold no user name/,
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
  [
    'an address with a query',
    'providers:\n  openai: { keys: [k], base_url: "https://evil.test/?a=1" }\n',
    /^a\.yaml:2:24 providers\.openai\.base_url: must have no query and no fragment/,
  ],
  [
    'an address that is none',
    'providers:\n  openai: { keys: [k], base_url: here }\n',
    /^a\.yaml:2:24 providers\.openai\.base_url: must be an http or https address/,
  ],
  [
    'a provider whose keys are all empty',
    'providers:\n  openai:\n    keys: ["", " , "]\n',
    /^a\.yaml:3:5 providers\.openai\.keys: it has no key/,
  ],
  [
    'a model declared twice',
    'providers:\n  openai:\n    keys: [k]\n    models:\n      - a\n      - name: a\n',
    /^a\.yaml:6:9 providers\.openai\.models\.1: the model "a" is listed twice/,
  ],
  [
    'a model twice in a target',
    `${good}routes:\n  chat:\n    targets:\n      - provider: openai\n        models:\n          - a\n          - a\n`,
    /^a\.yaml:9:13 routes\.chat\.targets\.0\.models\.1: the model "a" is listed twice/,
  ],
  [
    'a misspelt model',
    'providers:\n  openai: { keys: [k], models: [small] }\nroutes:\n  chat:\n    targets: [{ provider: openai, models: [smal] }]\n',
    /^a\.yaml:5:44 .*does not list the model "smal"\. Did you mean "small"\?$/,
  ],
  [
    'a target without models',
    `${good}routes:\n  chat:\n    targets:\n      - { provider: openai, models: [] }\n`,
    /^a\.yaml:6:29 routes\.chat\.targets\.0\.models: must have at least 1 entry$/,
  ],
  [
    'a misspelt field of a model',
    'providers:\n  openai:\n    keys: [k]\n    models:\n      - { name: a, visoin: true }\n',
    /^a\.yaml:5:20 providers\.openai\.models\.0\.visoin: there is no such field\. Did you mean "vision"\?$/,
  ],
  [
    'a price that is a number',
    'providers:\n  openai:\n    keys: [k]\n    models:\n      - { name: a, input_price: 1.5 }\n',
    /^a\.yaml:5:20 providers\.openai\.models\.0\.input_price: .*expected string/,
  ],
  [
    'a model that is neither name nor object',
    'providers:\n  openai:\n    keys: [k]\n    models: [5]\n',
    /^a\.yaml:4:14 providers\.openai\.models\.0: must be a name, or an object with a name$/,
  ],
  [
    'a rewrite that is neither on nor off',
    `${good}routes:\n  chat:\n    targets: [{ provider: openai, models: [a] }]\n    rewrite: maybe\n`,
    /^a\.yaml:6:5 routes\.chat\.rewrite: must be on or off$/,
  ],
  [
    'a rewrite that nobody is configured for',
    `${good}routes:\n  chat:\n    targets: [{ provider: openai, models: [a] }]\n    rewrite: on\n`,
    /^a\.yaml:6:5 routes\.chat\.rewrite: nobody is configured to rewrite/,
  ],
  [
    'a rewriter at a provider that is not there',
    `${good}rewriter: { target: nobody/a }\n`,
    /^a\.yaml:3:\d+ rewriter\.target: there is no provider "nobody"/,
  ],
  [
    'a rewriter that is no target',
    `${good}rewriter: { target: openai }\n`,
    /rewriter\.target: must be PROVIDER\/MODEL/,
  ],
  [
    'a port out of range',
    `${good}server: { port: 70000 }\n`,
    /^a\.yaml:3:11 server\.port: must be at most 65535 \(got 70000\)$/,
  ],
  [
    'a share out of range',
    `${good}key_pool: { penalty: 0 }\n`,
    /^a\.yaml:3:13 key_pool\.penalty: must be more than 0 \(got 0\)$/,
  ],
  ['an unknown word', `${good}unknown_faults: maybe\n`, /^a\.yaml:3:1 unknown_faults: .*"server"\|"fatal"/],
  [
    'a prototype for a provider',
    'providers:\n  openai: { keys: [k] }\n  __proto__: { keys: [k] }\n',
    /^a\.yaml:3:3 providers\.__proto__: this name may not be used/,
  ],
  [
    'a prototype for a route',
    `${good}routes:\n  __proto__: { targets: [] }\n`,
    /^a\.yaml:4:3 routes\.__proto__: this name may not be used/,
  ],
  ['a list for the whole file', '- a\n', /^a\.yaml .*expected object/],
  ['an alias to nothing', 'providers: *nowhere\n', /^a\.yaml:?.* .*nowhere/],
  ['no provider', 'server: { port: 1 }\n', /providers: no provider is configured/],
  [
    'an inherited name',
    'providers:\n  constructor: { keys: [k] }\n',
    /^a\.yaml:2:3 providers\.constructor: this name may not be used/,
  ],
  ['a field twice', `${good}providers: {}\n`, /^a\.yaml:3:1 .*unique/],
  ['broken YAML', 'providers: [\n', /^a\.yaml:\d+:\d+ /],
]
for (const [name, text, expected] of rows) {
  test(`config: ${name} is named with its line`, () => {
    const config = read(text)
    assert.ok(!config.ok)
    assert.match(formatProblems(config.fault.slice(0, 1)), expected)
  })
}

test('config: an empty key is left out, and a variable may be absent', () => {
  const config = read('providers:\n  openai: { keys: ["${A:-}", "k", ""] }\n')
  assert.deepEqual(config.ok && config.value.providers.get('openai')?.keys, ['k'])
})

test('config: everything wrong is told at once', () => {
  const config = read(`${good}timeuots: {}\nserver: { port: -1 }\n`)
  assert.ok(!config.ok)
  assert.equal(config.fault.length, 2)
})

test('config: a text of the wrong kind, which may be a secret, is not repeated', () => {
  const config = read(
    'providers:\n  openai: { keys: [k], dialect: "${SECRET}" }\nserver: { port: "${SECRET}" }\n',
    {
      SECRET: 'sk-hidden',
    },
  )
  assert.ok(!config.ok)
  assert.equal(config.fault.length, 2)
  assert.doesNotMatch(formatProblems(config.fault), /sk-hidden/)
})

test('config: aliases that grow without bound are refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(', ')}]`,
  )
  const config = read(`a0: &a0 [x]\n${levels.join('\n')}\n`)
  assert.ok(!config.ok)
})

for (const [written, expected] of [
  ['off', false],
  ['"off"', false],
  ['false', false],
  ['on', true],
  ['true', true],
] as const) {
  test(`config: rewrite: ${written}`, () => {
    const config = read(
      `${good}routes:\n  chat: { targets: [{ provider: openai, models: [a] }], rewrite: ${written} }\nrewriter: { target: openai/a }\n`,
    )
    assert.equal(config.ok && config.value.routes.get('chat')?.rewrite, expected)
  })
}

test('config: what is left out has its default, and the result is frozen', () => {
  const config = read(good)
  assert.ok(config.ok)
  const { server, keyPool, ledger, unknownFaults, providers } = config.value
  assert.deepEqual(server, { host: '127.0.0.1', port: 4100, bodyLimitBytes: 20_971_520, drainMs: 30_000 })
  assert.deepEqual(keyPool, {
    penalty: 0.5,
    healingIntervalMs: 3_600_000,
    healingIncrement: 0.1,
    firstRestMs: 1_000,
    restCapMs: 300_000,
    quotaRestMs: 3_600_000,
    notAllowedForMs: 3_600_000,
  })
  assert.equal(ledger.commitWaitMs, 250)
  assert.equal(unknownFaults, 'server')
  assert.ok(
    [config.value, server, providers.get('openai'), providers.get('openai')?.keys].every(Object.isFrozen),
  )
})

test('config: unknown faults may be fatal', () => {
  const config = read(`${good}unknown_faults: fatal\n`)
  assert.equal(config.ok && config.value.unknownFaults, 'fatal')
})

test('config: shown to people it holds no key', () => {
  const config = read('providers:\n  openai: { keys: ["sk-one", "sk-two"] }\n')
  assert.ok(config.ok)
  const shown = redactedConfig(config.value)
  assert.doesNotMatch(JSON.stringify(shown), /sk-/)
  assert.equal(shown.providers[0]?.keyCount, 2)
})

const digest = `sha256:${'0F'.repeat(32)}`
const keyRows: readonly [name: string, key: string, expected: RegExp][] = [
  ['a key instead of its digest', 'name: a, digest: am-0123', /access\.keys\.0\.digest: must be sha256:/],
  ['a scope nobody knows', `name: a, digest: "${digest}", scopes: [root]`, /access\.keys\.0\.scopes\.0/],
  ['no scope at all', `name: a, digest: "${digest}", scopes: []`, /scopes: must have at least 1 entry/],
  ['a tenant with a slash', `name: a, digest: "${digest}", tenant: "a/b"`, /tenant: a name of letters/],
  [
    'an end that is no time',
    `name: a, digest: "${digest}", expires_at: tomorrow`,
    /expires_at: must be a time/,
  ],
  [
    'a field of no key',
    `name: a, digest: "${digest}", is_admin: true`,
    /keys\.0\.is_admin: there is no such field/,
  ],
  [
    'the same key twice',
    `name: a, digest: "${digest}" }, { name: b, digest: "${digest.toLowerCase()}"`,
    /keys\.1\.digest: another key has this digest/,
  ],
]
for (const [name, key, expected] of keyRows) {
  test(`config: access: ${name} is named with its line`, () => {
    const config = read(`${good}access: { keys: [ { ${key} } ] }\n`)
    assert.ok(!config.ok)
    assert.match(formatProblems(config.fault), expected)
    assert.match(formatProblems(config.fault), /^a\.yaml:3:/)
  })
}

test('config: access: a key of the file, with what is not said', () => {
  const config = read(
    `${good}access: { keys: [ { name: a, digest: "${digest}", limits: { concurrency: 2 } } ] }\n`,
  )
  assert.ok(config.ok, JSON.stringify(config))
  assert.deepEqual(config.value.access.keys, [
    {
      name: 'a',
      digest: '0f'.repeat(32),
      tenant: 'default',
      scopes: ['inference'],
      limits: { concurrency: 2 },
    },
  ])
})

const places: readonly [name: string, provider: string, local: boolean][] = [
  ['a known provider', 'openai: { keys: [k] }', false],
  ['a number', 'a: { dialect: openai, keys: [k], base_url: "http://10.0.0.5:8000/v1" }', true],
  [
    'a number in another form',
    'a: { dialect: openai, keys: [k], base_url: "http://0x7f000001:8000/v1" }',
    true,
  ],
  ['a number of version 6', 'a: { dialect: openai, keys: [k], base_url: "http://[::1]:8000/v1" }', true],
  ['this machine', 'a: { dialect: openai, keys: [k], base_url: "http://localhost:8000/v1" }', true],
  ['a name', 'a: { dialect: openai, keys: [k], base_url: "http://vllm:8000/v1" }', false],
  [
    'a name that is said to be local',
    'a: { dialect: openai, keys: [k], local: true, base_url: "http://vllm:8000/v1" }',
    true,
  ],
  ['a known server at home', 'ollama: { base_url: "http://box:11434/v1" }', true],
]
for (const [name, provider, local] of places) {
  test(`config: ${name} is ${local ? '' : 'not '}local`, () => {
    const config = read(`providers:\n  ${provider}\n`)
    assert.ok(config.ok, JSON.stringify(config))
    assert.equal([...config.value.providers.values()][0]?.local, local)
  })
}
