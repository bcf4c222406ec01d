import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld, run, type World, wholeAnswer } from './world.ts'

const failing = { status: 500, body: JSON.stringify({ error: { message: 'down', type: 'server_error' } }) }

test('a late failure of a call from before the recovery does not open the provider again', async () => {
  const world: World = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1', 'm2', 'm3'] } },
    config: {
      attempts: { max: 1, sameTry: 1, baseMs: 50, maxMs: 500, patienceMs: 0 },
      breaker: { tripAfter: 1, openForMs: 1_000 },
    },
    script: ({ model }, index) => {
      if (model === 'm3') return { body: wholeAnswer('well again') }
      return index === 0 ? { ...failing, delayMs: 5_000 } : failing
    },
  })
  const late = world.chat({ model: 'a/m1' })
  await world.clock.advance(10)
  for (const model of ['a/m1', 'a/m2']) {
    const failed = world.chat({ model })
    await world.clock.advance(10)
    assert.equal((await failed).kind, 'fault')
  }
  await world.clock.advance(2_000)
  const probe = world.chat({ model: 'a/m3' })
  await world.clock.advance(10)
  assert.equal((await probe).kind, 'reply')
  await world.clock.advance(5_000)
  assert.equal((await late).kind, 'fault')
  const moves = world.events.filter(({ topic }) => topic.startsWith('circuit.'))
  assert.deepEqual(
    moves.map(({ topic, payload }) => `${topic} ${'circuit' in payload ? payload.circuit : ''}`),
    ['circuit.tripped a/m1', 'circuit.tripped a/m2', 'circuit.tripped a', 'circuit.reset a'],
  )
})

test('of two requests in one moment one gets the probe, and the other goes on at no cost', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k2'], models: ['m1'] } },
    config: {
      attempts: { max: 1, sameTry: 1, baseMs: 50, maxMs: 500, patienceMs: 0 },
      breaker: { tripAfter: 1, openForMs: 1_000 },
    },
    script: (_, index) => (index === 0 ? failing : { body: wholeAnswer('well'), delayMs: 100 }),
  })
  assert.equal((await run(world, world.chat({ model: 'a/m1' }))).kind, 'fault')
  await world.clock.advance(1_000)
  const both = [world.chat(), world.chat()]
  const answers = [await run(world, both[0] ?? world.chat()), await run(world, both[1] ?? world.chat())]
  assert.deepEqual(
    answers.map((answer) => answer.kind === 'reply' && answer.meta.provider),
    ['a', 'b'],
  )
})
