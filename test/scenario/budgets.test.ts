import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScriptedAnswer } from '../../src/sandbox/scripted-transport.ts'
import { openWorld, run, type WorldOptions, wholeAnswer } from './world.ts'

const two: WorldOptions['providers'] = {
  a: { keys: ['k1'], models: ['m1'] },
  b: { keys: ['k1'], models: ['m1'] },
}
const isAt = (origin: string, provider: string) => origin.includes(`//${provider}.`)
const healthy: ScriptedAnswer = { body: wholeAnswer('all is well') }
const down: ScriptedAnswer = { status: 500, body: '{}' }
/** A breaker that never opens, so that only the budget stands in the way. */
const never = { tripAfter: 1_000_000, minCalls: 1_000_000 }
const noThrottle = { minCalls: 1_000_000 }

test('retry budget: repeats stay a share of the requests, plus a few, and every request is answered', async () => {
  const world = openWorld({
    providers: two,
    config: { breaker: never, throttle: noThrottle, retries: { share: 0.2, perMinute: 10 } },
    script: ({ origin }) => (isAt(origin, 'a') ? down : healthy),
  })
  for (let time = 0; time < 100; time += 1) assert.equal((await run(world, world.chat())).kind, 'reply')
  const repeats = world.ledger.flatMap(({ attempts }) => attempts.filter(({ next }) => next === 'retry'))
  const minutes = world.clock.monoMs() / 60_000
  assert.ok(repeats.length >= 20, `${repeats.length} repeats`)
  assert.ok(repeats.length <= 0.2 * 100 + 10 * (1 + minutes), `${repeats.length} repeats in ${minutes} min`)
})

test('retry budget: requests that fail in one moment share it', async () => {
  const world = openWorld({
    providers: two,
    config: { breaker: never, throttle: noThrottle, retries: { share: 0, perMinute: 3 } },
    script: ({ origin }) => (isAt(origin, 'a') ? { ...down, delayMs: 100 } : healthy),
  })
  const burst = Array.from({ length: 50 }, () => world.chat())
  for (const answer of burst) assert.equal((await run(world, answer)).kind, 'reply')
  const atFirst = world.transport.calls.filter(({ origin }) => isAt(origin, 'a'))
  assert.equal(atFirst.length, 50 + 3)
})

test('retry budget: each provider has its own', async () => {
  const world = openWorld({
    providers: two,
    config: { breaker: never, throttle: noThrottle, retries: { share: 0, perMinute: 1 } },
    script: () => down,
  })
  for (let time = 0; time < 3; time += 1) await run(world, world.chat(), 1)
  assert.deepEqual(
    world.ledger.map(({ attempts }) => attempts.map(({ provider }) => provider).join('')),
    ['aabb', 'ab', 'ab'],
  )
})

test('throttle: a provider that answers a quarter of its calls is spared for others, and tried where none is left', async () => {
  let calls = 0
  let luck = 0
  const world = openWorld({
    providers: two,
    config: { breaker: never, throttle: { minCalls: 20 }, attempts: { sameTry: 1 } },
    random: () => luck,
    script: ({ origin }) => {
      if (!isAt(origin, 'a')) return healthy
      calls += 1
      return calls % 4 === 0 ? healthy : down
    },
  })
  const firsts: string[] = []
  for (let time = 0; time < 60; time += 1) {
    luck = (time % 10) / 10
    await run(world, world.chat(), 1)
    firsts.push(world.ledger.at(-1)?.attempts[0]?.provider ?? '')
  }
  assert.ok(firsts.slice(0, 20).every((provider) => provider === 'a'))
  const spared = firsts.slice(20).filter((provider) => provider === 'b').length
  assert.ok(spared >= 12 && spared <= 28, `${spared} of 40 went to the other at once`)
  world.engine.isolate('b', 'maintenance')
  luck = 0
  await run(world, world.chat(), 1)
  assert.equal(world.ledger.at(-1)?.attempts[0]?.provider, 'a')
})

test('throttle: a provider whose circuit closed again is not held to its outage', async () => {
  const world = openWorld({
    providers: two,
    config: { throttle: { minCalls: 3 }, breaker: { tripAfter: 3, openForMs: 20_000 } },
    random: () => 0,
    script: ({ origin, atMs }) => (isAt(origin, 'a') && atMs < 10_000 ? down : healthy),
  })
  for (let time = 0; time < 12; time += 1) {
    await run(world, world.chat(), 10)
    await world.clock.advance(1_000)
  }
  await world.clock.advance(30_000)
  for (let time = 0; time < 4; time += 1) {
    await run(world, world.chat(), 10)
    assert.equal(world.ledger.at(-1)?.finalProvider, 'a')
  }
})
