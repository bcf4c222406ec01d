import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Script } from '../../src/sandbox/scripted-transport.ts'
import { openWorld, run, wholeAnswer } from './world.ts'

const limited = (waitMs: number) => ({
  status: 429,
  headers: { 'retry-after-ms': String(waitMs) },
  body: JSON.stringify({ error: { message: 'slow down', type: 'rate_limit_exceeded' } }),
})
const one = { a: { keys: ['k1'], models: ['m1'] } }

test('a key that meets a further limit while it is waited for is waited for again', async () => {
  // The first call is limited for a second, the second one meets a longer limit half a second later.
  const answers: readonly ReturnType<Script>[] = [limited(1_000), { ...limited(1_500), delayMs: 500 }]
  const world = openWorld({
    providers: one,
    script: (_, index) => answers[index] ?? { body: wholeAnswer('at last') },
  })
  const both = [world.chat(), world.chat()]
  for (const answer of both) assert.equal((await run(world, answer, 10)).kind, 'reply')
  assert.deepEqual(
    world.transport.calls.map(({ atMs }) => atMs),
    [0, 0, 2_000, 2_000],
  )
})

test('a key that leaves the configuration while it is waited for is not used', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k2'], models: ['m1'] } },
    script: ({ key }) => (key === 'k1' ? limited(1_000) : { body: wholeAnswer('well') }),
  })
  const answer = world.chat()
  await world.clock.advance(500)
  world.reconfigure((config) => {
    const a = config.providers.get('a')
    return a ? { ...config, providers: new Map(config.providers).set('a', { ...a, keys: ['k9'] }) } : config
  })
  const got = await run(world, answer)
  assert.equal(got.kind === 'reply' && got.meta.provider, 'a')
  assert.deepEqual(
    world.transport.calls.map(({ key }) => key),
    ['k1', 'k9'],
  )
})
