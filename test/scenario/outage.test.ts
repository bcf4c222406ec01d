import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/base/random.ts'
import type { Answer } from '../../src/gateway/engine/engine-port.ts'
import type { ScriptedAnswer } from '../../src/sandbox/scripted-transport.ts'
import { openWorld, readText, run, streamPieces, type World, wholeAnswer } from './world.ts'

const isAt = (origin: string, provider: string) => origin.includes(`//${provider}.`)
const healthy = (stream: unknown): ScriptedAnswer =>
  stream ? { pieces: streamPieces('all is well') } : { body: wholeAnswer('all is well') }

async function textOf(answer: Answer): Promise<string> {
  if (answer.kind === 'stream') return (await readText(answer.chunks)).text
  if (answer.kind === 'fault') return answer.fault.code
  return String(answer.reply.choices[0]?.content.map((part) => ('text' in part ? part.text : '')).join(''))
}

const deadFromMs = 20_000
const deadUntilMs = 80_000
const everyMs = 4_000
const waysToDie: readonly [name: string, answer: ScriptedAnswer][] = [
  ['no connection', { refused: true }],
  ['503', { status: 503, body: '{"error":{"message":"down","type":"overloaded"}}' }],
  ['accepts and never answers', { delayMs: 600_000 }],
]

interface Asked {
  readonly atMs: number
  readonly answer: Promise<string>
}

/** A request every four seconds, for 140 s. */
async function askThrough(world: World, stream: boolean): Promise<readonly Asked[]> {
  const asked: Asked[] = []
  for (let atMs = 0; atMs < 140_000; atMs += everyMs) {
    asked.push({ atMs, answer: world.chat({ stream }).then(textOf) })
    await world.clock.advance(everyMs)
  }
  await world.clock.advance(90_000)
  return asked
}

for (const [name, death] of waysToDie)
  for (const stream of [true, false])
    for (const seed of [1, 2]) {
      test(`60 s outage (${name}, ${stream ? 'streamed' : 'whole'}, seed ${seed}): all answered, few calls to the dead, back within 30 s`, async () => {
        const world = openWorld({
          providers: {
            a: { keys: ['k1', 'k2'], models: ['m1'] },
            b: { keys: ['k1'], models: ['m1'] },
          },
          random: seededRandom(seed),
          config: { timeouts: { responseMs: 10_000 } },
          script: ({ origin, atMs, body }) =>
            isAt(origin, 'a') && atMs >= deadFromMs && atMs < deadUntilMs ? death : healthy(body['stream']),
        })
        const asked = await askThrough(world, stream)
        for (const { answer } of asked) assert.equal(await answer, 'all is well')

        const openedAtMs = world.events.find(({ topic }) => topic === 'circuit.tripped')?.atMs ?? Number.NaN
        const within = (atMs: number) => atMs > openedAtMs && atMs < deadUntilMs
        const onTheDead = world.transport.calls.filter(({ origin }) => isAt(origin, 'a'))
        const calls = onTheDead.filter(({ atMs }) => within(atMs)).length
        const requests = asked.filter(({ atMs }) => within(atMs)).length
        assert.ok(requests >= 5, `${requests} requests while it was open`)
        assert.ok(calls / requests <= 0.2, `${calls} calls for ${requests} requests`)

        const back = onTheDead.find(({ atMs }) => atMs >= deadUntilMs)?.atMs ?? Number.POSITIVE_INFINITY
        assert.ok(back <= deadUntilMs + 30_000, `back after ${back - deadUntilMs} ms`)
        assert.deepEqual(
          world.ledger.slice(-3).map(({ finalProvider }) => finalProvider),
          ['a', 'a', 'a'],
        )
      })
    }

test('a provider that accepts and never answers gets one attempt, whatever keys and models it has', async () => {
  const world = openWorld({
    providers: {
      a: { keys: ['k1', 'k2', 'k3'], models: ['m1', 'm2'] },
      b: { keys: ['k1'], models: ['m1'] },
    },
    script: ({ origin }) =>
      isAt(origin, 'a') ? { delayMs: 600_000 } : { pieces: streamPieces('all is well') },
  })
  const answer = await run(world, world.chat({ stream: true }))
  assert.ok(world.clock.monoMs() <= 11_000, `answered after ${world.clock.monoMs()} ms`)
  assert.equal(await textOf(answer), 'all is well')
  assert.deepEqual(
    world.transport.calls.map(({ origin }) => origin.slice(7, 8)),
    ['a', 'b'],
  )
})

test('a silent target is not called again in the same request, though a key of it comes back', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1', 'k2'], models: ['m1'] } },
    script: ({ key }) =>
      key === 'k1'
        ? { status: 429, headers: { 'retry-after': '15' }, body: '{"error":{"message":"slow down"}}' }
        : { delayMs: 600_000 },
  })
  const answer = await run(world, world.chat({ stream: true }))
  assert.equal(await textOf(answer), 'upstream_first_token_timeout')
  assert.deepEqual(
    world.transport.calls.map(({ key }) => key),
    ['k1', 'k2'],
  )
})

test('three keys resting on three models of the first provider: the second is still reached', async () => {
  const limited = { status: 429, headers: { 'retry-after': '60' }, body: '{"error":{"message":"slow down"}}' }
  const world = openWorld({
    providers: {
      a: { keys: ['k1', 'k2', 'k3'], models: ['m1', 'm2', 'm3'] },
      b: { keys: ['k1'], models: ['m1'] },
    },
    script: ({ origin }) => (isAt(origin, 'a') ? limited : { body: wholeAnswer('all is well') }),
  })
  for (const expectedCalls of [10, 1]) {
    const before = world.transport.calls.length
    assert.equal(await textOf(await run(world, world.chat())), 'all is well')
    assert.equal(world.transport.calls.length - before, expectedCalls)
  }
  assert.deepEqual(
    world.events.filter(({ topic }) => topic.startsWith('circuit')),
    [],
  )
})

test('when all is open the 503 names the soonest return', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k1'], models: ['m1'] } },
    config: { breaker: { tripAfter: 1, openForMs: 20_000 }, attempts: { sameTry: 1 } },
    script: () => ({ status: 503, body: '{}' }),
  })
  await run(world, world.chat())
  await world.clock.advance(5_000)
  const atMs = world.clock.monoMs()
  const answer = await run(world, world.chat(), 1)
  assert.ok(world.clock.monoMs() - atMs <= 10)
  assert.equal(answer.kind === 'fault' && answer.fault.status, 503)
  const wait = answer.kind === 'fault' ? (answer.fault.retryAfterMs ?? 0) : 0
  assert.ok(wait > 14_000 && wait <= 15_000, `${wait} ms`)
})
