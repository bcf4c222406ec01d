/** Processes that share a real Redis: one limit for a fleet, and what a Redis that is stopped costs the callers of a gateway. */

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Agent } from 'undici'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { digestOf, makeVirtualKey } from '../../src/record/control/virtual-key.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { skipWithoutRedis, startRedis } from '../e2e/redis-process.ts'

const key = makeVirtualKey()

interface Fleet {
  readonly store: Awaited<ReturnType<typeof startRedis>>
  readonly gateways: readonly GatewayProcess[]
}

async function fleet(t: TestContext, count: number, limits: string): Promise<Fleet> {
  const [store, sandbox] = await Promise.all([
    startRedis(),
    startSandbox({ inbound: inboundAdapters, clock: systemClock }),
  ])
  const config = `providers: { p: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k], models: [m] } }
routes: { chat: { targets: [ { provider: p, models: [m] } ], cache: { mode: write } } }
access: { keys: [ { name: acme, digest: "sha256:${digestOf(key)}", scopes: [inference], limits: ${limits} } ] }
rates: { mode: off }
redis: { url: "${store.url}" }
`
  const gateways = await Promise.all(Array.from({ length: count }, () => startGateway(config)))
  t.after(async () => {
    store.goOn()
    for (const gateway of gateways) {
      await gateway.kill()
      gateway.remove()
    }
    await Promise.all([store.close(), sandbox.close()])
  })
  return { store, gateways }
}

const agent = new Agent({ connections: 100 })
let asked = 0

async function ask({ url }: GatewayProcess): Promise<{ status: number; tookMs: number }> {
  asked += 1
  const startMs = performance.now()
  const answer = await agent.request({
    origin: url,
    path: '/v1/chat/completions',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: 'chat',
      temperature: 0,
      messages: [{ role: 'user', content: `question ${asked}` }],
    }),
  })
  await answer.body.text()
  return { status: answer.statusCode, tookMs: performance.now() - startMs }
}

const quantile = (values: readonly number[], share: number) =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length * share)] ?? 0

test('fleet: two processes on one Redis keep one limit', { skip: skipWithoutRedis }, async (t) => {
  const limit = 200
  const { gateways } = await fleet(t, 2, `{ requests_per_minute: ${limit} }`)
  const answers = await Promise.all(
    Array.from({ length: 600 }, (_, at) => ask(gateways[at % 2] as GatewayProcess)),
  )
  const admitted = answers.filter(({ status }) => status === 200).length
  t.diagnostic(`${admitted} of ${answers.length} admitted where the limit is ${limit}`)
  assert.ok(Math.abs(admitted - limit) <= limit * 0.05, `${admitted} admitted`)
  assert.equal(answers.filter(({ status }) => status === 429).length, answers.length - admitted)
})

test('redis: stopped, waiting requests wait 50 ms at most, later ones not at all, limits go on, and it heals', {
  skip: skipWithoutRedis,
}, async (t) => {
  const { gateways, store } = await fleet(t, 1, '{ requests_per_minute: 400 }')
  const [gateway] = gateways as [GatewayProcess]
  const many = (count: number) => Promise.all(Array.from({ length: count }, () => ask(gateway)))
  for (let at = 0; at < 5; at += 1) await many(20)
  const calmMs = (await many(20)).map(({ tookMs }) => tookMs)
  store.stop()
  const waiting = await many(20)
  const later = await many(20)
  const [calm, during, after] = [
    calmMs,
    waiting.map(({ tookMs }) => tookMs),
    later.map(({ tookMs }) => tookMs),
  ]
  const tell = (name: string, values: readonly number[]) =>
    `${name} p50 ${quantile(values, 0.5).toFixed(1)} ms, most ${Math.max(...values).toFixed(1)} ms`
  t.diagnostic([tell('before', calm), tell('when it stops', during), tell('after', after)].join('; '))
  assert.ok([...waiting, ...later].every(({ status }) => status === 200))
  const usualMs = Math.max(...calm)
  assert.ok(quantile(during, 0.5) >= 45, 'they did not wait for it')
  assert.ok(Math.max(...during) <= usualMs + 50 + 50, tell('when it stops', during))
  assert.ok(quantile(after, 0.5) < usualMs + 10, tell('after', after))
  // Limits go on, counted by this process alone.
  const counted = []
  for (let at = 0; at < 25; at += 1) counted.push(...(await many(20)))
  assert.ok(counted.some(({ status }) => status === 429))
  store.goOn()
  const endMs = performance.now() + 10_000
  while (!gateway.errors().includes('Redis answers again') && performance.now() < endMs)
    await systemClock.sleep(50)
  assert.match(gateway.errors(), /Redis answers again/)
})
