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

const twoKeys: WorldOptions['providers'] = {
  a: { keys: ['k1', 'k2'], models: ['m1'] },
  b: { keys: ['k1'], models: ['m1'] },
}
const keysUsed = (world: World) => world.ledger.flatMap(({ attempts }) => attempts.map(({ key }) => key))

test('isolated by hand a key is lent to no call, also after a change of the configuration, and released it is', async () => {
  const world = openWorld({ providers: twoKeys, script: () => healthy })
  assert.ok(world.engine.isolateKey('a', 'key_k1', 'it leaked').ok)
  await run(world, world.chat())
  world.reload({})
  await run(world, world.chat())
  assert.deepEqual(world.engine.keys(), [
    { provider: 'a', key: 'key_k1', state: 'isolated', because: 'it leaked' },
    { provider: 'a', key: 'key_k2', state: 'free' },
    { provider: 'b', key: 'key_k1', state: 'free' },
  ])
  assert.ok(world.engine.isolateKey('a', 'key_k2', 'it leaked').ok)
  assert.ok(world.engine.releaseKey('a', 'key_k1').ok)
  await run(world, world.chat())
  assert.deepEqual(keysUsed(world), ['key_k2', 'key_k2', 'key_k1'])
})

test('released by hand a key that was refused is tried again', async () => {
  let isRevoked = true
  const world = openWorld({
    providers: twoKeys,
    script: ({ key }) => (isRevoked && key === 'k1' ? { status: 401, body: '{}' } : healthy),
  })
  await run(world, world.chat())
  isRevoked = false
  await run(world, world.chat())
  world.engine.releaseKey('a', 'key_k1')
  await run(world, world.chat())
  assert.deepEqual(keysUsed(world), ['key_k1', 'key_k2', 'key_k2', 'key_k1'])
})

test('every key isolated: 503', async () => {
  const world = openWorld({ providers: { a: { keys: ['k1'], models: ['m1'] } }, script: () => healthy })
  world.engine.isolateKey('a', 'key_k1', 'it leaked')
  const answer = await run(world, world.chat())
  assert.deepEqual(answer.kind === 'fault' && [answer.fault.status, answer.fault.code], [
    503,
    'all_targets_unavailable',
  ])
})

test('a key that is not configured cannot be isolated or released', () => {
  const world = openWorld({ providers: twoKeys, script: () => healthy })
  for (const [provider, key] of [
    ['a', 'key_k9'],
    ['c', 'key_k1'],
  ] as const) {
    assert.equal(world.engine.isolateKey(provider, key, 'maintenance').ok, false)
    assert.equal(world.engine.releaseKey(provider, key).ok, false)
  }
})
