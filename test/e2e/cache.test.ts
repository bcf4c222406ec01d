import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import { systemClock } from '../../src/base/clock.ts'
import { createRedisTier } from '../../src/gateway/cache/redis-tier.ts'
import { openRedisLink } from '../../src/gateway/transport/redis-link.ts'
import { type Served, serveInProcess } from './gateway-in-process.ts'
import { type RedisProcess, skipWithoutRedis, startRedis } from './redis-process.ts'

const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

async function redis(args: readonly string[] = []): Promise<RedisProcess> {
  const started = await startRedis(args)
  open.push(started)
  return started
}

async function served(more = ''): Promise<Served> {
  const started = await serveInProcess([{ dialect: 'openai' }], more)
  open.push(started)
  return started
}

const client = ({ url }: Served) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
const calls = ({ sandboxes }: Served) => sandboxes[0]?.attempts.length ?? 0

function question(text: string, cache = 'write') {
  return {
    model: 'chat',
    messages: [{ role: 'user' as const, content: text }],
    ...({ adaptive: { cache } } as object),
  }
}

async function ask(gateway: Served, text: string, cache?: string) {
  const { data, response } = await client(gateway)
    .chat.completions.create(question(text, cache))
    .withResponse()
  return { text: data.choices[0]?.message.content, cache: response.headers.get('x-adaptive-cache'), response }
}

async function stream(gateway: Served, text: string) {
  const { data, response } = await client(gateway)
    .chat.completions.create({ ...question(text), stream: true })
    .withResponse()
  const pieces: string[] = []
  let finish: string | null | undefined
  for await (const chunk of data) {
    pieces.push(chunk.choices[0]?.delta.content ?? '')
    finish = chunk.choices[0]?.finish_reason ?? finish
  }
  return { pieces, finish, cache: response.headers.get('x-adaptive-cache') }
}

test('cache: the openai client gets the same answer, whole and streamed, by one call each', async () => {
  const gateway = await served()
  const first = await ask(gateway, 'Grüße 👋')
  const again = await ask(gateway, 'Grüße 👋')
  assert.equal(first.cache, 'miss')
  assert.equal(again.cache, 'hit')
  assert.equal(again.text, first.text)
  assert.equal(again.response.headers.get('x-adaptive-outcome'), 'cached')
  assert.equal(again.response.headers.get('x-adaptive-cost-usd'), '0.000000')
  const told = await stream(gateway, 'Grüße 👋')
  const retold = await stream(gateway, 'Grüße 👋')
  assert.ok(told.pieces.length > 3)
  assert.deepEqual(retold, { ...told, cache: 'hit' })
  assert.equal(calls(gateway), 2)
})

test('cache: a hundred equal requests at once over HTTP make one call', async () => {
  const gateway = await served()
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(gateway, 'all at once')))
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
  assert.ok(answers[0]?.text)
  assert.equal(calls(gateway), 1)
  assert.equal((await gateway.ledger()).filter(({ outcome }) => outcome === 'CACHED').length, 99)
})

test('cache: two gateways on one Redis share answers, to the byte', { skip: skipWithoutRedis }, async () => {
  const store = await redis()
  const more = `redis: { url: "${store.url}", prefix: am }`
  const [here, there] = await Promise.all([served(more), served(more)])
  const first = await ask(here, 'Grüße 👋')
  // Both have one name for the answer only if everything is equal, the provider's name included.
  const found = await ask(there, 'Grüße 👋')
  assert.deepEqual([found.text, found.cache], [first.text, 'hit'])
  assert.equal(calls(there), 0)
  const names = store.cli('keys', 'am:answer:*').split('\n')
  assert.match(names[0] ?? '', /^am:answer:default:[0-9a-f]{64}$/)
  assert.ok(store.cli('get', names[0] ?? '').includes('"version":1'))
  assert.ok(Number(store.cli('pttl', names[0] ?? '')) > 86_000_000)
})

test('cache: a stopped Redis costs waiting requests 50 ms, later ones nothing, and comes back', {
  skip: skipWithoutRedis,
}, async () => {
  const store = await redis()
  const lines: string[] = []
  const link = openRedisLink({
    url: store.url,
    prefix: 'am',
    waitMs: 50,
    clock: systemClock,
    onChange: (line) => lines.push(line),
  })
  open.push(link)
  await link.settled(2_000)
  const tier = createRedisTier(link, 'am')
  tier.set('acme:a', Buffer.from('ü'), 60_000)
  await until(async () => (await tier.get('acme:a')) !== undefined)
  store.stop()
  const waitedMs = await Promise.all(Array.from({ length: 20 }, () => took(() => tier.get('acme:a'))))
  assert.ok(Math.min(...waitedMs) >= 40, `${waitedMs}`)
  assert.ok(Math.max(...waitedMs) < 150, `waited ${Math.max(...waitedMs)} ms`)
  const laterMs = await Promise.all(Array.from({ length: 20 }, () => took(() => tier.get('acme:a'))))
  assert.ok(Math.max(...laterMs) < 25, `waited ${Math.max(...laterMs)} ms`)
  assert.equal(tier.isAway(), true)
  store.goOn()
  await until(async () => !tier.isAway())
  assert.equal((await tier.get('acme:a'))?.toString(), 'ü')
  assert.deepEqual(lines, [
    'Redis does not answer (no answer within 50 ms): each process keeps to itself until it does',
    'Redis answers again',
  ])
})

const broken: readonly [
  name: string,
  breakIt: (store: RedisProcess) => unknown,
  mend: (store: RedisProcess) => unknown,
][] = [
  ['is killed and started again, empty', (store) => store.kill(), (store) => store.startAgain()],
  [
    'is full',
    (store) => store.cli('config', 'set', 'maxmemory', '1'),
    (store) => store.cli('config', 'set', 'maxmemory', '0'),
  ],
  [
    'is a copy of another that can only be read',
    (store) => store.cli('replicaof', '127.0.0.1', '1'),
    (store) => store.cli('replicaof', 'no', 'one'),
  ],
  [
    'asks for a password',
    (store) => {
      store.cli('config', 'set', 'requirepass', 'secret')
      store.cli('-a', 'secret', 'client', 'kill', 'type', 'normal')
    },
    (store) => store.cli('-a', 'secret', 'config', 'set', 'requirepass', ''),
  ],
]
for (const [name, breakIt, mend] of broken)
  test(`cache: the gateway answers while Redis ${name}, and uses it again`, {
    skip: skipWithoutRedis,
  }, async () => {
    const store = await redis()
    const gateway = await served(`redis: { url: "${store.url}", prefix: am }`)
    await ask(gateway, 'before')
    await breakIt(store)
    const during = await ask(gateway, 'during')
    assert.equal(during.cache, 'miss')
    assert.equal((await ask(gateway, 'during')).cache, 'hit')
    await mend(store)
    await until(async () => {
      await ask(gateway, `after ${performance.now()}`)
      return store.cli('keys', 'am:answer:*') !== ''
    })
  })

test('cache: a gateway starts without its Redis and says so once', { skip: skipWithoutRedis }, async () => {
  const gateway = await served('redis: { url: "redis://127.0.0.1:1/0" }')
  assert.equal((await ask(gateway, 'alone')).cache, 'miss')
  assert.equal((await ask(gateway, 'alone')).cache, 'hit')
})

async function took(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await run()
  return performance.now() - startMs
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000
  while (performance.now() < endMs) {
    if (await isSo()) return
    await systemClock.sleep(50)
  }
  throw new Error('it did not come to be')
}
