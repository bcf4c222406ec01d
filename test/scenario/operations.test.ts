import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScriptedAnswer } from '../../src/sandbox/scripted-transport.ts'
import {
  openWorld,
  readText,
  run,
  streamPieces,
  type World,
  type WorldOptions,
  wholeAnswer,
} from './world.ts'

const two: WorldOptions['providers'] = {
  a: { keys: ['k1'], models: ['m1', 'm2'] },
  b: { keys: ['k1'], models: ['m1'] },
}
const isAt = (origin: string, provider: string) => origin.includes(`//${provider}.`)
const healthy: ScriptedAnswer = { body: wholeAnswer('all is well') }
const down: ScriptedAnswer = { status: 503, body: '{}' }
const called = (world: World) =>
  world.transport.calls.map(({ origin, model }) => `${origin.slice(7, 8)}/${model}`)
const told = (world: World) =>
  world.events.map(({ topic }) => topic).filter((topic) => topic.startsWith('circuit'))

test('isolated by hand a provider is sent nothing, and released it is at once', async () => {
  const world = openWorld({ providers: two, script: () => healthy })
  assert.ok(world.engine.isolate('a', 'maintenance').ok)
  await run(world, world.chat())
  assert.deepEqual(world.engine.circuits(), [{ provider: 'a', state: 'isolated', because: 'maintenance' }])
  assert.match(world.ledger[0]?.failoverReason ?? '', /a\/m1 passed over: it was isolated by hand/)
  assert.ok(world.engine.release('a').ok)
  await run(world, world.chat())
  assert.deepEqual(called(world), ['b/m1', 'a/m1'])
  assert.equal(world.ledger[1]?.failoverReason, undefined)
  assert.deepEqual(told(world), ['circuit.tripped', 'circuit.reset'])
})

test('isolated by hand a model alone is passed over', async () => {
  const world = openWorld({ providers: two, script: () => healthy })
  world.engine.isolate('a/m1', 'it lies')
  await run(world, world.chat())
  assert.deepEqual(called(world), ['a/m2'])
})

test('everything isolated: 503 that names no time', async () => {
  const world = openWorld({ providers: two, script: () => healthy })
  for (const provider of ['a', 'b']) world.engine.isolate(provider, 'maintenance')
  const answer = await run(world, world.chat())
  assert.deepEqual(answer.kind === 'fault' && [answer.fault.status, answer.fault.retryAfterMs], [
    503,
    undefined,
  ])
})

test('what is not configured cannot be isolated', () => {
  const world = openWorld({ providers: two, script: () => healthy })
  const outcome = world.engine.isolate('c/m1', 'maintenance')
  assert.equal(outcome.ok ? 'done' : outcome.fault.code, 'unknown_model')
})

test('released by hand a circuit that opened by itself is closed', async () => {
  let isDown = true
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k1'], models: ['m1'] } },
    config: { breaker: { tripAfter: 1 } },
    script: ({ origin }) => (isDown && isAt(origin, 'a') ? down : healthy),
  })
  await run(world, world.chat())
  isDown = false
  await run(world, world.chat())
  world.engine.release('a/m1')
  await run(world, world.chat())
  assert.deepEqual(called(world), ['a/m1', 'b/m1', 'b/m1', 'a/m1'])
})

test('a dry run tells trips and refuses nothing', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k1'], models: ['m1'] } },
    config: { breaker: { tripAfter: 2, enforce: 0 }, attempts: { sameTry: 1 } },
    script: ({ origin }) => (isAt(origin, 'a') ? down : healthy),
  })
  for (let time = 0; time < 6; time += 1) await run(world, world.chat())
  assert.equal(called(world).filter((at) => at === 'a/m1').length, 6)
  assert.deepEqual(told(world), ['circuit.tripped'])
})

test('a long streamed probe closes the circuit with its first content', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k1'], models: ['m1'] } },
    config: { breaker: { tripAfter: 1, openForMs: 20_000, probeLeaseMs: 30_000 } },
    script: ({ origin, atMs }) =>
      isAt(origin, 'a') && atMs < 10_000
        ? down
        : { pieces: streamPieces('word '.repeat(20).trim()), pieceDelayMs: 4_000 },
  })
  const first = await run(world, world.chat({ stream: true }), 1_000)
  assert.ok(first.kind === 'stream')
  await run(world, readText(first.chunks), 1_000)
  const second = await run(world, world.chat({ stream: true }), 1_000)
  assert.deepEqual(told(world), ['circuit.tripped', 'circuit.reset'])
  assert.equal(second.kind === 'stream' && second.meta.provider, 'a')
  const third = await run(world, world.chat({ stream: true }), 1_000)
  assert.equal(third.kind === 'stream' && third.meta.provider, 'a')
})

test('a probe whose caller left says nothing, and the next caller probes', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k1'], models: ['m1'] } },
    config: { breaker: { tripAfter: 1, openForMs: 20_000 }, attempts: { sameTry: 1 } },
    script: ({ origin, atMs }) => {
      if (!isAt(origin, 'a')) return healthy
      return atMs < 10_000 ? down : { ...healthy, delayMs: 5_000 }
    },
  })
  await run(world, world.chat())
  await world.clock.advance(20_000)
  const gone = new AbortController()
  const left = world.chat({}, gone.signal)
  await world.clock.advance(1_000)
  gone.abort()
  await run(world, left)
  const answer = await run(world, world.chat())
  assert.equal(answer.kind === 'reply' && answer.meta.provider, 'a')
  assert.deepEqual(told(world), ['circuit.tripped', 'circuit.reset'])
})
