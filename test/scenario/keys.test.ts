import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld, run, type World, wholeAnswer } from './world.ts'

const one = { a: { keys: ['k1', 'k2', 'k3'], models: ['m1'] } }
const refusal = (status: number, code: string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: JSON.stringify({ error: { message: code, type: code, code } }),
})
const healthy = { body: wholeAnswer('all is well') }
const keysCalled = (world: World) => world.transport.calls.map(({ key }) => key)

async function askTimes(world: World, times: number, everyMs: number): Promise<number> {
  let answered = 0
  for (let time = 0; time < times; time += 1) {
    const answer = await run(world, world.chat())
    if (answer.kind === 'reply') answered += 1
    await world.clock.advance(everyMs)
  }
  return answered
}

test('one of three keys revoked, one rate-limited: no request fails, no circuit moves, the revoked key is left alone', async () => {
  const world = openWorld({
    providers: one,
    script: ({ key }) => {
      if (key === 'k1') return refusal(401, 'invalid_api_key')
      return key === 'k2' ? refusal(429, 'rate_limit_exceeded', { 'retry-after': '20' }) : healthy
    },
  })
  assert.equal(await askTimes(world, 60, 3_000), 60)
  assert.equal(keysCalled(world).filter((key) => key === 'k1').length, 1)
  const limitedAtMs = world.transport.calls.filter(({ key }) => key === 'k2').map(({ atMs }) => atMs)
  for (const [at, atMs] of limitedAtMs.slice(1).entries())
    assert.ok(atMs - (limitedAtMs[at] ?? 0) >= 20_000, 'its own words are kept')
  assert.deepEqual(
    world.events.filter(({ topic }) => topic.startsWith('circuit')),
    [],
  )
})

test('a revoked key is tried again when the configuration changes, and not before', async () => {
  const world = openWorld({
    providers: one,
    script: ({ key, atMs }) => (key === 'k1' && atMs < 60_000 ? refusal(401, 'invalid_api_key') : healthy),
  })
  await askTimes(world, 40, 3_000)
  assert.equal(keysCalled(world).filter((key) => key === 'k1').length, 1)
  world.reload({ attempts: { max: 11 } })
  await askTimes(world, 3, 1_000)
  assert.ok(keysCalled(world).filter((key) => key === 'k1').length > 1)
})

test('a rest outlives a change of the configuration', async () => {
  const world = openWorld({
    providers: one,
    script: ({ key }) =>
      key === 'k1' ? refusal(429, 'rate_limit_exceeded', { 'retry-after': '600' }) : healthy,
  })
  await askTimes(world, 2, 100)
  world.reload({ attempts: { max: 11 } })
  await askTimes(world, 6, 100)
  assert.equal(keysCalled(world).filter((key) => key === 'k1').length, 1)
})

test('a key that may not use a model is found again after its time, and other models are asked with it', async () => {
  const hourMs = 3_600_000
  const world = openWorld({
    providers: { a: { keys: ['k1', 'k2'], models: ['m1', 'm2'] } },
    script: ({ key, model, atMs }) =>
      key === 'k1' && model === 'm1' && atMs < hourMs / 2 ? refusal(404, 'model_not_found') : healthy,
  })
  const triedAt = () =>
    world.transport.calls
      .filter(({ key, model }) => key === 'k1' && model === 'm1')
      .map(({ atMs }) => Math.floor(atMs / hourMs))
  await askTimes(world, 6, 10_000)
  assert.deepEqual(triedAt(), [0])
  await run(world, world.chat({ model: 'a/m2' }))
  assert.equal(world.transport.calls.at(-1)?.key, 'k1')
  await world.clock.advance(hourMs)
  await askTimes(world, 3, 1_000)
  assert.ok(
    triedAt().length > 1 &&
      triedAt()
        .slice(1)
        .every((hour) => hour === 1),
  )
})

test('a key without credit rests for every model until the provider’s own time', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1', 'k2'], models: ['m1', 'm2'] } },
    script: ({ key, atMs }) =>
      key === 'k1' && atMs < 90_000 ? refusal(429, 'insufficient_quota', { 'retry-after': '90' }) : healthy,
  })
  await run(world, world.chat())
  await run(world, world.chat({ model: 'a/m2' }))
  assert.deepEqual(keysCalled(world), ['k1', 'k2', 'k2'])
})
