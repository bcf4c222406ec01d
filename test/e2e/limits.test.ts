import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { APIError } from 'openai'
import { digestOf, makeVirtualKey } from '../../src/record/control/virtual-key.ts'
import { type ProviderPlan, type Served, serveInProcess } from './gateway-in-process.ts'
import { skipWithoutRedis, startRedis } from './redis-process.ts'

const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

const key = makeVirtualKey()
const other = makeVirtualKey()
const keysYaml = (limits: string, otherLimits = '{}') =>
  `access:
  keys:
    - { name: acme, tenant: acme, digest: "sha256:${digestOf(key)}", limits: ${limits} }
    - { name: globex, tenant: globex, digest: "sha256:${digestOf(other)}", limits: ${otherLimits} }
`

async function served(more: string, plan: Partial<ProviderPlan> = {}): Promise<Served> {
  const started = await serveInProcess([{ dialect: 'openai', ...plan }], more)
  open.push(started)
  return started
}

const client = ({ url }: Served, apiKey = key, maxRetries = 0) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries })
const hello = { model: 'chat', messages: [{ role: 'user' as const, content: 'Hello there' }] }
const calls = ({ sandboxes }: Served) => sandboxes[0]?.attempts.length ?? 0

async function ask(gateway: Served, apiKey?: string): Promise<string> {
  try {
    await client(gateway, apiKey).chat.completions.create(hello)
    return 'answered'
  } catch (error) {
    return error instanceof APIError ? `${error.status} ${error.code}` : String(error)
  }
}

test('limits: the documented 429 with its headers, and each key on its own', async () => {
  const gateway = await served(keysYaml('{ requests_per_minute: 2 }'))
  const first = await client(gateway).chat.completions.create(hello).withResponse()
  assert.equal(first.response.headers.get('x-ratelimit-limit-requests'), '2')
  assert.equal(first.response.headers.get('x-ratelimit-remaining-requests'), '1')
  assert.match(first.response.headers.get('x-ratelimit-reset-requests') ?? '', /^1m0?|59|60/)
  await ask(gateway)
  const refused = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(hello),
  })
  const body = (await refused.json()) as { error: { code: string; message: string } }
  assert.equal(refused.status, 429)
  assert.equal(body.error.code, 'rate_limit_exceeded')
  assert.match(body.error.message, /the limit of 2 requests a minute of the key file/)
  assert.equal(refused.headers.get('x-ratelimit-remaining-requests'), '0')
  const seconds = Number(refused.headers.get('retry-after'))
  assert.ok(seconds > 55 && seconds <= 62, `${seconds}`)
  assert.equal(refused.headers.get('x-should-retry'), 'true')
  assert.equal(calls(gateway), 2)
  assert.equal(await ask(gateway, other), 'answered')
})

test('limits: Anthropic’s client reads its own headers', async () => {
  const gateway = await served(keysYaml('{ requests_per_minute: 1 }'))
  const sdk = new Anthropic({ baseURL: gateway.url, apiKey: key, maxRetries: 0 })
  const { response } = await sdk.messages
    .create({ model: 'chat', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] })
    .withResponse()
  assert.equal(response.headers.get('anthropic-ratelimit-requests-remaining'), '0')
  assert.match(response.headers.get('anthropic-ratelimit-requests-reset') ?? '', /^\d{4}-\d\d-\d\dT/)
})

test('limits: the openai client backs off by itself, for as long as it is told', async () => {
  const gateway = await served(keysYaml('{ concurrency: 1 }'), { tokenDelayMs: 20 })
  const stream = await client(gateway).chat.completions.create({ ...hello, stream: true })
  const startMs = performance.now()
  const patient = client(gateway, key, 5).chat.completions.create(hello)
  assert.equal(await ask(gateway), '429 rate_limit_exceeded')
  for await (const _chunk of stream);
  const answer = await patient
  assert.ok(answer.choices[0]?.message.content)
  assert.ok(performance.now() - startMs >= 900, 'it asked again before the wait was over')
  assert.equal(calls(gateway), 2)
})

test('limits: a slot is free when its caller has gone', async () => {
  const gateway = await served(keysYaml('{ concurrency: 1 }'), { rules: [{ times: 1, stall: true }] })
  const gone = new AbortController()
  const stalled = client(gateway)
    .chat.completions.create(hello, { signal: gone.signal })
    .catch(() => 'gone')
  await until(() => calls(gateway) === 1)
  assert.equal(await ask(gateway), '429 rate_limit_exceeded')
  gone.abort()
  await stalled
  await until(async () => (await ask(gateway)) === 'answered')
})

test('limits: what a tenant may use is shared by its keys', async () => {
  const more = keysYaml('{}').replace('tenant: globex', 'tenant: acme')
  const gateway = await served(`${more}tenants: { acme: { limits: { requests_per_minute: 2 } } }`)
  assert.deepEqual(
    [await ask(gateway), await ask(gateway, other), await ask(gateway)],
    ['answered', 'answered', '429 rate_limit_exceeded'],
  )
})

test('limits: a budget for 10 answers, many at once: 9 to 11 are served and nothing stays set aside', async () => {
  const probe = await served(keysYaml('{}'), priced)
  await ask(probe)
  const cost = Number((await probe.ledger())[0]?.estimatedCostUsd)
  assert.ok(cost > 0)
  const budget = keysYaml(`{ usd_per_day: "${(cost * 10).toFixed(6)}" }`)
  const gateway = await served(`${budget}rates: { mode: off }`, priced)
  const names = await Promise.all(Array.from({ length: 100 }, () => ask(gateway)))
  const served10 = names.filter((name) => name === 'answered').length
  assert.ok(served10 >= 9 && served10 <= 11, `${served10} were served`)
  assert.equal(names.filter((name) => name === '429 insufficient_quota').length, 100 - served10)
  const refused = await client(gateway)
    .chat.completions.create(hello)
    .catch((error) => error)
  assert.equal(refused.headers.get('x-should-retry'), 'false')
})

const priced: Partial<ProviderPlan> = { price: '100.00' }

test('limits: with keys, endpoints are held to their rates; this machine alone is held to nothing', async () => {
  const keyed = await served(`${keysYaml('{}')}rates: { models_per_minute: 2, chat_per_minute: 1 }`)
  const models = () =>
    fetch(`${keyed.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } }).then(
      ({ status }) => status,
    )
  assert.deepEqual([await models(), await models(), await models()], [200, 200, 429])
  assert.deepEqual([await ask(keyed), await ask(keyed)], ['answered', '429 rate_limit_exceeded'])
  const alone = await served('rates: { models_per_minute: 1 }')
  const statuses = await Promise.all([1, 2, 3].map(() => fetch(`${alone.url}/v1/models`)))
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [200, 200, 200],
  )
  assert.equal(statuses[0]?.headers.get('x-ratelimit-limit-requests'), null)
})

test('limits: addresses behind a trusted proxy are counted apart', async () => {
  const gateway = await served(
    'rates: { mode: on, health_per_minute: 1 }\nserver: { port: 0, trust_proxy: [127.0.0.1] }',
  )
  const from = (address: string) =>
    fetch(`${gateway.url}/health`, { headers: { 'x-forwarded-for': address } }).then(({ status }) => status)
  assert.deepEqual(
    [await from('203.0.113.1'), await from('203.0.113.2'), await from('203.0.113.1')],
    [200, 200, 429],
  )
})

test('limits: a gateway with too much to do refuses early and stays healthy', async () => {
  const gateway = await served('shedding: { in_flight: 2 }', { rules: [{ times: 2, stall: true }] })
  const gone = new AbortController()
  const stalled = [1, 2].map(() =>
    client(gateway)
      .chat.completions.create(hello, { signal: gone.signal })
      .catch(() => 'gone'),
  )
  await until(() => calls(gateway) === 2)
  assert.equal(await ask(gateway), '503 gateway_overloaded')
  assert.equal((await fetch(`${gateway.url}/health`)).status, 200)
  gone.abort()
  await Promise.all(stalled)
  await until(async () => (await ask(gateway)) === 'answered')
})

test('limits: two gateways on one Redis keep one limit, and go on locally without it', {
  skip: skipWithoutRedis,
}, async () => {
  const store = await startRedis()
  open.push(store)
  const more = `${keysYaml('{ requests_per_minute: 40 }')}redis: { url: "${store.url}", wait_ms: 400 }`
  const fleet = await Promise.all([served(more), served(more)])
  const names = await Promise.all(Array.from({ length: 100 }, (_, at) => ask(fleet[at % 2] as Served)))
  assert.equal(names.filter((name) => name === 'answered').length, 40)
  assert.match(store.cli('keys', '*:limit:*'), /limit:requests:key:file:acme/)
  store.stop()
  const startMs = performance.now()
  assert.equal(await ask(fleet[0] as Served, other), 'answered')
  assert.ok(performance.now() - startMs < 1_000)
  assert.equal(await ask(fleet[0] as Served), '429 rate_limit_exceeded')
  store.goOn()
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000
  while (performance.now() < endMs) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('it did not come to be')
}
