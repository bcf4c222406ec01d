import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../src/gateway/engine/engine-port.ts'
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

const hedge = { isOn: true, quantile: 0.95, minCalls: 5, atLeastMs: 100 }
const providers: WorldOptions['providers'] = {
  a: { keys: ['k1', 'k2'], models: ['m1'] },
  b: { keys: ['k1'], models: ['m1'] },
  c: { keys: ['k1'], models: ['m1'] },
}
type Answers = Readonly<Record<string, ScriptedAnswer>>

/** Six calls to each provider to learn how fast it is, then they answer as told. */
async function afterWarmUp(told: Answers, stream: boolean, more: Partial<WorldOptions> = {}): Promise<World> {
  let isWarm = false
  const well = (by: string, answer: ScriptedAnswer = {}): ScriptedAnswer => ({
    ...(stream
      ? { pieces: streamPieces(`all is well at ${by}`) }
      : { body: wholeAnswer(`all is well at ${by}`) }),
    ...answer,
  })
  const world = openWorld({
    providers,
    route: { hedge },
    script: ({ origin }) => {
      const by = origin.slice(7, 8)
      return isWarm ? well(by, told[by]) : well(by, { delayMs: 40 })
    },
    ...more,
  })
  for (const provider of ['a', 'b', 'c'])
    for (let time = 0; time < 6; time += 1)
      await textOf(world, await run(world, world.chat({ stream, model: `${provider}/m1` }), 10))
  isWarm = true
  return world
}

async function textOf(world: World, answer: Answer): Promise<string> {
  if (answer.kind === 'stream') return (await run(world, readText(answer.chunks), 10)).text
  if (answer.kind === 'fault') return answer.fault.code
  return String(answer.reply.choices[0]?.content.map((part) => ('text' in part ? part.text : '')).join(''))
}

const attemptsOf = (world: World) =>
  world.ledger
    .at(-1)
    ?.attempts.map(({ provider, hedge: role, fault, next }) =>
      [provider, role?.role, fault?.code, next].filter(Boolean).join(' '),
    )

for (const stream of [true, false]) {
  const how = stream ? 'streamed' : 'whole'
  test(`hedge (${how}): a slow target is overtaken by the second, and ended`, async () => {
    const world = await afterWarmUp({ a: { delayMs: 5_000 } }, stream)
    const startedMs = world.clock.monoMs()
    const answer = await run(world, world.chat({ stream }), 10)
    assert.equal(await textOf(world, answer), 'all is well at b')
    assert.ok(world.clock.monoMs() - startedMs <= 200)
    assert.deepEqual(attemptsOf(world), ['a first hedge_lost hedge', 'b second done'])
    assert.match(
      world.ledger.at(-1)?.attempts[1]?.hedge?.because ?? '',
      /a\/m1 had not answered after 100 ms/,
    )
    assert.match(world.ledger.at(-1)?.attempts[0]?.because ?? '', /b\/m1 answered first/)
    const slow = world.transport.calls.at(-2)
    assert.ok((slow?.endedAtMs ?? Number.POSITIVE_INFINITY) - startedMs <= 200, 'its call is ended')
    assert.equal(world.ledger.at(-1)?.resilienceScore, 1)
    assert.equal(world.events.filter(({ topic }) => topic.startsWith('circuit')).length, 0)
    assert.equal(world.clock.pending(), 0)
  })

  test(`hedge (${how}): the first may still win, and the second is ended`, async () => {
    const world = await afterWarmUp({ a: { delayMs: 400 }, b: { delayMs: 5_000 } }, stream)
    assert.equal(await textOf(world, await run(world, world.chat({ stream }), 10)), 'all is well at a')
    assert.deepEqual(attemptsOf(world), ['b second hedge_lost hedge', 'a first done'])
    assert.equal(world.clock.pending(), 0)
  })

  test(`hedge (${how}): where both fail it goes on from the further one`, async () => {
    const down = { status: 503, body: '{}', delayMs: 300 }
    const world = await afterWarmUp({ a: down, b: { ...down, delayMs: 50 } }, stream)
    assert.equal(await textOf(world, await run(world, world.chat({ stream }), 10)), 'all is well at c')
    assert.deepEqual(
      attemptsOf(world)?.map((text) => text.slice(0, 8)),
      ['b second', 'a first ', 'b upstre', 'c done'],
    )
  })

  test(`hedge (${how}): one fails, the other’s answer is waited for`, async () => {
    const world = await afterWarmUp({ a: { delayMs: 900 }, b: { status: 503, body: '{}' } }, stream)
    assert.equal(await textOf(world, await run(world, world.chat({ stream }), 10)), 'all is well at a')
    assert.deepEqual(attemptsOf(world), ['b second upstream_overloaded hedge', 'a first done'])
  })

  test(`hedge (${how}): a caller who leaves ends both`, async () => {
    const world = await afterWarmUp({ a: { delayMs: 5_000 }, b: { delayMs: 5_000 } }, stream)
    const gone = new AbortController()
    const answer = world.chat({ stream }, gone.signal)
    await world.clock.advance(300)
    gone.abort()
    await run(world, answer, 1)
    assert.deepEqual(
      world.transport.calls.slice(-2).map(({ endedAtMs }) => endedAtMs !== undefined),
      [true, true],
    )
    assert.equal(world.ledger.at(-1)?.outcome, 'CANCELLED')
    assert.equal(world.clock.pending(), 0)
  })
}

test('hedge: a quick answer leaves no timer behind', async () => {
  const world = await afterWarmUp({}, false)
  await run(world, world.chat(), 1)
  assert.equal(world.clock.pending(), 0)
})

test('hedge: off where the route does not ask for it', async () => {
  const world = await afterWarmUp({ a: { delayMs: 5_000 } }, true, { route: {} })
  assert.equal(await textOf(world, await run(world, world.chat({ stream: true }), 10)), 'all is well at a')
})

test('hedge: not before enough is known of the target', async () => {
  const world = await afterWarmUp({ a: { delayMs: 5_000 } }, true, {
    route: { hedge: { ...hedge, minCalls: 50 } },
  })
  assert.equal(await textOf(world, await run(world, world.chat({ stream: true }), 10)), 'all is well at a')
})

test('hedge: second calls are paid from the retry budget of their provider', async () => {
  const world = await afterWarmUp({ a: { delayMs: 5_000 } }, true, {
    config: { retries: { share: 0, perMinute: 1 } },
  })
  const by: string[] = []
  for (let time = 0; time < 2; time += 1)
    by.push((await textOf(world, await run(world, world.chat({ stream: true }), 10))).slice(-1))
  assert.deepEqual(by, ['b', 'a'])
})

test('hedge: one for a request, however slow all are', async () => {
  const slow = { status: 503, body: '{}', delayMs: 5_000 }
  const world = await afterWarmUp({ a: slow, b: slow, c: { delayMs: 5_000 } }, true, {
    providers: { ...providers, d: { keys: ['k1'], models: ['m1'] } },
    config: { attempts: { sameTry: 1 } },
  })
  await textOf(world, await run(world, world.chat({ stream: true }), 10))
  const seconds = world.ledger.at(-1)?.attempts.filter(({ hedge: run }) => run?.role === 'second')
  assert.equal(seconds?.length, 1)
})

test('hedge: a refusal by policy ends the request, though the second call fails in another way', async () => {
  const refused = {
    status: 400,
    body: JSON.stringify({ error: { message: 'no', code: 'content_policy_violation' } }),
    delayMs: 400,
  }
  const world = await afterWarmUp({ a: refused, b: { status: 500, body: '{}' } }, false)
  const before = world.transport.calls.length
  const answer = await run(world, world.chat(), 10)
  assert.equal(answer.kind === 'fault' && answer.fault.code, 'content_policy')
  assert.equal(world.transport.calls.length - before, 2)
})

test('hedge: a call that lost is one of the attempts that are allowed', async () => {
  const cut = { pieces: streamPieces('all is well at a').slice(0, 3) }
  const world = await afterWarmUp({ a: { delayMs: 5_000 }, b: cut }, true, {
    route: { hedge, recovery: ['align'] },
    config: { attempts: { max: 2 } },
  })
  const before = world.transport.calls.length
  const answer = await run(world, world.chat({ stream: true }), 10)
  assert.ok(answer.kind === 'stream')
  assert.equal((await run(world, readText(answer.chunks), 10)).ended, 'upstream_cut')
  assert.equal(world.transport.calls.length - before, 2)
})
