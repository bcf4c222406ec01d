/** Answers to other words of the same meaning: off by default, within one tenant, told in the ledger. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done } from '../../src/base/outcome.ts'
import { openaiEmbeddings } from '../../src/gateway/adapters/embeddings/openai.ts'
import type { Allowance } from '../../src/gateway/limits/allowance.ts'
import {
  openWorld,
  readText,
  run,
  streamPieces,
  type World,
  type WorldOptions,
  wholeAnswer,
} from './world.ts'

const semantic = { target: { provider: 'v', model: 'e1' }, threshold: 0.9, entries: 100, waitMs: 300 }
const near: Readonly<Record<string, readonly number[]>> = {
  'What is a circuit breaker?': [1, 0, 0.1],
  'Explain circuit breakers': [1, 0.1, 0],
  'What is the capital of France?': [0, 1, 0],
}

interface Given {
  readonly vectorDelayMs?: number
  readonly vectorStatus?: number
  readonly isOn?: boolean
}

function open({ vectorDelayMs = 5, vectorStatus = 200, isOn = true }: Given = {}) {
  let answers = 0
  const script: WorldOptions['script'] = ({ origin, body }) => {
    if (origin.includes('//v.')) {
      const [text] = body['input'] as string[]
      const data = [{ object: 'embedding', index: 0, embedding: near[text ?? ''] }]
      const usage = { prompt_tokens: 4, total_tokens: 4 }
      const list = JSON.stringify({ object: 'list', data, usage })
      return { status: vectorStatus, delayMs: vectorDelayMs, body: list }
    }
    answers += 1
    const says = `answer ${answers}`
    return body['stream'] ? { pieces: streamPieces(says) } : { body: wholeAnswer(says) }
  }
  return openWorld({
    providers: { a: { keys: ['k'], models: ['m1'] }, v: { keys: ['k'], models: [] } },
    script,
    config: { cache: { semantic } as never },
    routeCache: { mode: 'write', semantic: isOn },
    catalogue: { costUsd: () => '0.000001' },
    parts: { embeddings: { openai: openaiEmbeddings } },
  })
}

async function ask(world: World, text: string, more: object = {}, own: Parameters<World['chat']>[2] = {}) {
  const body = { temperature: 0, messages: [{ role: 'user', content: text }], ...more }
  const answer = await run(world, world.chat(body, undefined, own), 5)
  if (answer.kind === 'fault') return [answer.fault.code]
  if (answer.kind === 'stream') return [(await run(world, readText(answer.chunks))).text, answer.meta.cache]
  const [part] = answer.reply.choices[0]?.content ?? []
  return [part?.kind === 'text' ? part.text : '', answer.meta.cache]
}

const [breaker = '', other = '', france = ''] = Object.keys(near)
const callsOf = ({ transport }: World, origin: string) =>
  transport.calls.filter((call) => call.origin.includes(`//${origin}.`)).length

for (const stream of [false, true])
  test(`semantic cache: other words get the answer of the same meaning, and the ledger tells whose (${stream ? 'streamed' : 'whole'})`, async () => {
    const world = open()
    assert.deepEqual(await ask(world, breaker, { stream }), ['answer 1', 'miss'])
    assert.deepEqual(await ask(world, other, { stream }), ['answer 1', 'similar'])
    assert.deepEqual(await ask(world, france, { stream }), ['answer 2', 'miss'])
    assert.equal(callsOf(world, 'a'), 2)
    const entry = world.ledger[1]
    assert.equal(entry?.outcome, 'CACHED')
    const hits = entry?.resilienceEvents.filter(({ topic }) => topic === 'cache.hit')
    assert.deepEqual(
      hits?.map(({ detail }) => detail),
      ['the answer of req_1, similarity 0.9901, at least 0.9'],
    )
    const told = { provider: 'v', model: 'e1', key: 'key_k', inputTokens: 4, costUsd: '0.000001' }
    for (const { vectorCall, estimatedCostUsd, totalApiCalls, outcome } of world.ledger) {
      const { startedMs, endedMs, ...call } = vectorCall ?? { startedMs: 1, endedMs: 0 }
      assert.deepEqual(call, told)
      assert.ok(endedMs >= startedMs)
      // It is no attempt to answer, and the answer's cost is its own.
      assert.equal(totalApiCalls, outcome === 'CACHED' ? 0 : 1)
      assert.equal(estimatedCostUsd, outcome === 'CACHED' ? undefined : '0.000001')
    }
    assert.equal(world.cache.stats().similar, 1)
    // The same words need no vector.
    const vectors = callsOf(world, 'v')
    assert.deepEqual(await ask(world, breaker, { stream }), ['answer 1', 'hit'])
    assert.equal(callsOf(world, 'v'), vectors)
    assert.equal(world.ledger.at(-1)?.vectorCall, undefined)
  })

test('semantic cache: off where the route does not ask for it', async () => {
  const world = open({ isOn: false })
  await ask(world, breaker)
  assert.deepEqual(await ask(world, other), ['answer 2', 'miss'])
  assert.equal(callsOf(world, 'v'), 0)
})

test('semantic cache: two tenants never share', async () => {
  const world = open()
  await ask(world, breaker, {}, { tenant: 'one' })
  assert.deepEqual(await ask(world, other, {}, { tenant: 'two' }), ['answer 2', 'miss'])
  assert.deepEqual(await ask(world, other, {}, { tenant: 'one' }), ['answer 1', 'similar'])
})

const without: readonly [name: string, given: Given, code: string][] = [
  ['does not answer in time', { vectorDelayMs: 5_000 }, 'deadline_exceeded'],
  ['fails', { vectorStatus: 500 }, 'upstream_error'],
]
for (const [name, given, code] of without)
  test(`semantic cache: where the target of vectors ${name}, requests are answered as any other`, async () => {
    const world = open(given)
    await ask(world, breaker)
    const startMs = world.clock.monoMs()
    assert.deepEqual(await ask(world, other), ['answer 2', 'miss'])
    assert.ok(world.clock.monoMs() - startMs <= semantic.waitMs + 10)
    assert.equal(world.ledger.at(-1)?.vectorCall?.fault?.code, code)
    assert.equal(world.ledger.at(-1)?.vectorCall?.costUsd, undefined)
    assert.equal(world.ledger.at(-1)?.outcome, 'SUCCESS')
  })

test('semantic cache: an answer that is too old is not given, and its question forgotten', async () => {
  const world = open()
  await ask(world, breaker)
  await world.clock.advance(10_001)
  assert.deepEqual(await ask(world, other), ['answer 2', 'miss'])
  assert.equal(world.cache.meanings.entries(), 1)
})

test('semantic cache: what was cleared is not found', async () => {
  const world = open()
  await ask(world, breaker)
  await world.cache.clear('default')
  assert.deepEqual(await ask(world, other), ['answer 2', 'miss'])
})

test('semantic cache: a caller with a budget is compared with nobody, for the vector is not in its budget', async () => {
  const world = open()
  const reserve = async () => done({ settle: () => {} })
  const allowance: Allowance = { needsPrices: true, reserve }
  assert.deepEqual(await ask(world, breaker, {}, { allowance }), ['answer 1', 'miss'])
  assert.equal(callsOf(world, 'v'), 0)
})
