import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld, run, type WorldOptions, wholeAnswer } from './world.ts'

const two: WorldOptions['providers'] = {
  a: { keys: ['k1'], models: ['dear'] },
  b: { keys: ['k1'], models: ['cheap'] },
}
const priced: WorldOptions['catalogue'] = {
  costUsd: ({ model }) => (model === 'dear' ? '0.500000' : '0.001000'),
}
const healthy: WorldOptions['script'] = () => ({ body: wholeAnswer('fine') })

test('cost cap: a target estimated above it is left out, with event and reason', async () => {
  const world = openWorld({ providers: two, script: healthy, catalogue: priced })
  const answer = await run(world, world.chat({ adaptive: { max_estimated_cost_usd: 0.01 } }))
  assert.equal(answer.kind === 'reply' && answer.meta.provider, 'b')
  assert.equal(world.transport.calls.length, 1)
  const skipped = world.events.find(({ topic }) => topic === 'model.skipped.cost_cap')
  assert.deepEqual(skipped?.payload, {
    provider: 'a',
    model: 'dear',
    estimatedCostUsd: '0.500000',
    capUsd: '0.01',
  })
  assert.match(world.ledger[0]?.plan?.leftOut[0]?.because ?? '', /0\.500000 USD is above the cap of 0\.01/)
  assert.equal(world.ledger[0]?.costCap, '0.01')
})

test('cost cap: where every target is above it nothing is called', async () => {
  const world = openWorld({ providers: two, script: healthy, catalogue: priced })
  const answer = await run(world, world.chat({ adaptive: { max_estimated_cost_usd: 0.0001 } }))
  assert.equal(answer.kind === 'fault' && answer.fault.code, 'cost_cap_exceeded')
  assert.equal(world.transport.calls.length, 0)
})

test('catalogue: a model that nobody declares is found at the provider known to have it', async () => {
  const world = openWorld({
    providers: { open: { keys: ['k1'], models: [] }, b: { keys: ['k1'], models: ['cheap'] } },
    script: healthy,
    catalogue: { knows: (provider, model) => provider === 'open' && model === 'famous' },
  })
  const answer = await run(world, world.chat({ model: 'famous' }))
  assert.equal(answer.kind === 'reply' && answer.meta.provider, 'open')
  const unknown = await run(world, world.chat({ model: 'nobody-knows' }))
  assert.equal(unknown.kind === 'fault' && unknown.fault.code, 'unknown_model')
})

test('phone profile: two seconds for everything, and no patience', async () => {
  const world = openWorld({ providers: two, script: () => ({ delayMs: 600_000 }) })
  const startedMs = world.clock.monoMs()
  const answer = await run(world, world.chat({ adaptive: { profile: 'phone' } }), 10)
  assert.equal(answer.kind === 'fault' && answer.fault.status, 504)
  assert.ok(world.clock.monoMs() - startedMs <= 2_050, `${world.clock.monoMs() - startedMs} ms`)
})

test('unknown faults: fatal by configuration ends the request at the first', async () => {
  const odd: WorldOptions['script'] = () => ({ status: 418, body: 'teapot' })
  const tolerant = openWorld({ providers: two, script: odd })
  await run(tolerant, tolerant.chat())
  assert.ok(tolerant.transport.calls.length > 1)
  const strict = openWorld({ providers: two, script: odd, config: { unknownFaults: 'fatal' } })
  await run(strict, strict.chat())
  assert.equal(strict.transport.calls.length, 1)
  assert.match(strict.ledger[0]?.attempts[0]?.because ?? '', /fatal/)
})

test('circuits: two open models open their provider, and others of it are not called', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1', 'm2', 'm3'] }, b: { keys: ['k1'], models: ['m1'] } },
    script: ({ origin }) =>
      origin.includes('//a.') ? { status: 500, body: '{}' } : { body: wholeAnswer('fine') },
    config: { breaker: { tripAfter: 2, openForMs: 20_000 } },
  })
  await run(world, world.chat())
  const tripped = world.events.filter(({ topic }) => topic === 'circuit.tripped')
  assert.deepEqual(
    tripped.map(({ payload }) => 'circuit' in payload && payload.circuit),
    ['a/m1', 'a/m2', 'a'],
  )
  const called = world.transport.calls.length
  await run(world, world.chat())
  assert.deepEqual(
    world.transport.calls.slice(called).map(({ origin }) => origin),
    ['http://b.test/v1'],
  )
})

test('healing: a limited key comes back step by step, and each step is told', async () => {
  let limited = true
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k1'], models: ['m1'] } },
    script: ({ origin }) =>
      limited && origin.includes('//a.')
        ? { status: 429, headers: { 'retry-after': '3' }, body: '{}' }
        : { body: wholeAnswer('fine') },
  })
  await run(world, world.chat())
  limited = false
  await world.clock.advance(3_600_000)
  await run(world, world.chat())
  const restored = world.events.filter(({ topic }) => topic === 'resource.health.restored')
  assert.deepEqual(
    restored.map(({ payload }) => 'health' in payload && payload.health),
    [0.6],
  )
  await world.clock.advance(4 * 3_600_000)
  await run(world, world.chat())
  assert.ok(world.events.some(({ topic }) => topic === 'resource.healed.all'))
})
