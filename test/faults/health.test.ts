/** Keys, circuits and outages over real sockets: who is called how often, counted on the provider's side (F01, F03, F07, F08, F35, F36). */

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { Dialect } from '../../src/protocol/chat.ts'
import { fails, first } from './bad-ways.ts'
import { openRig, type Rig, type RigSpec } from './rig.ts'
import type { Heard } from './strict-caller.ts'
import { healthy, openWall, type Wall, type WallCall, type Way } from './wall.ts'

const rigs: Rig[] = []
after(async () => {
  for (const rig of rigs) await rig.close()
})

interface World {
  readonly rig: Rig
  readonly wall: Wall
  ask(route?: string): Promise<Heard>
  calls(who: string): readonly WallCall[]
}

type Ways = Readonly<Record<string, Way>>

async function open(ways: Ways, spec: RigSpec): Promise<World> {
  const wall = await openWall()
  for (const [who, way] of Object.entries(ways)) wall.behave('t', who, way)
  const rig = await openRig(spec, wall)
  rigs.push(rig)
  return {
    rig,
    wall,
    ask: (route = 'chat') =>
      rig.caller.ask({ url: rig.gateway.address, dialect: 'openai', model: route, stream: false }),
    calls: (who) => wall.calls.filter((call) => call.who === who),
  }
}

const provider = (name: string, more: Partial<RigSpec['providers'][number]> = {}) => ({
  name,
  dialect: 'openai' as Dialect,
  at: `t/${name}`,
  ...more,
})
const chat = (...providers: readonly string[]) => [{ name: 'chat', providers }]
const keyOf = ({ headers }: WallCall) =>
  headers['authorization']?.replace('Bearer ', '') ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? ''
/** Depends on the key that calls. */
const byKey =
  (ways: Ways): Way =>
  (exchange) =>
    (ways[keyOf(exchange.call)] ?? healthy)(exchange)
const sleep = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs))
const limited = (seconds: number) => fails({ status: 429, headers: { 'retry-after': String(seconds) } })
const dialects: readonly Dialect[] = ['openai', 'anthropic', 'gemini']

suite('health', { concurrency: 6 }, () => {
  for (const dialect of dialects) {
    test(`F01 429 with Retry-After once: the key is not called again before its time (${dialect})`, async () => {
      const spec = {
        providers: [provider('a', { dialect })],
        routes: chat('a'),
        settings: { attempts: { patience_ms: 2_500 } },
      }
      const { ask, calls } = await open({ a: first(1, limited(2)) }, spec)
      const heard = await ask()
      assert.equal(heard.status, 200)
      const [one, other] = calls('a')
      assert.equal(calls('a').length, 2)
      const gapMs = (other?.atMs ?? 0) - (one?.atMs ?? 0)
      assert.ok(gapMs >= 1_950 && gapMs < 4_000, `${gapMs} ms`)
    })

    test(`F01 429 with Retry-After: another key is called at once (${dialect})`, async () => {
      const keys = ['k1', 'k2']
      const spec = { providers: [provider('a', { dialect, keys })], routes: chat('a') }
      const { ask, calls } = await open({ a: byKey({ k1: limited(60) }) }, spec)
      assert.equal((await ask()).status, 200)
      assert.deepEqual(calls('a').map(keyOf), keys)
      assert.equal((await ask()).status, 200)
      assert.deepEqual(calls('a').map(keyOf), ['k1', 'k2', 'k2'])
    })

    for (const status of [401, 403])
      test(`F07 one key of three is dead (${status}): another at once, no circuit moves (${dialect})`, async () => {
        const spec = { providers: [provider('a', { dialect, keys: ['k1', 'k2', 'k3'] })], routes: chat('a') }
        const { ask, calls, rig } = await open({ a: byKey({ k1: fails({ status }) }) }, spec)
        for (let at = 0; at < 10; at += 1) assert.equal((await ask()).status, 200)
        const called = calls('a').map(keyOf)
        assert.equal(called.filter((key) => key === 'k1').length, 1)
        assert.equal(called.length, 11)
        assert.deepEqual(
          rig.topics.filter(({ topic }) => topic === 'circuit.tripped'),
          [],
        )
      })
  }

  test('F03 a key whose spend limit is reached is not called again', async () => {
    const spec = { providers: [provider('a', { keys: ['k1', 'k2'] })], routes: chat('a') }
    const spent = fails({ status: 429, code: 'enforced_spend_limit_reached' })
    const { ask, calls } = await open({ a: byKey({ k1: spent }) }, spec)
    for (let at = 0; at < 5; at += 1) assert.equal((await ask()).status, 200)
    assert.equal(calls('a').filter((call) => keyOf(call) === 'k1').length, 1)
  })

  test('F08 context length: the model with more context is asked, the one with less is not', async () => {
    const sized = (name: string, context_tokens: number) => ({
      models: [{ name: 'm', context_tokens }],
      name,
    })
    const spec = {
      providers: [sized('a', 8_000), sized('b', 4_000), sized('c', 200_000)].map(({ name, models }) =>
        provider(name, { models }),
      ),
      routes: chat('a', 'b', 'c'),
    }
    const tooLong = fails({ status: 400, code: 'context_length_exceeded' })
    const { ask, calls } = await open({ a: tooLong, b: tooLong, c: healthy }, spec)
    assert.equal((await ask()).status, 200)
    assert.deepEqual(
      ['a', 'b', 'c'].map((who) => calls(who).length),
      [1, 0, 1],
    )
  })

  test('F35 an outage: the circuit opens, one probe at a time, and the provider is back soon after it is', async () => {
    let isDown = true
    const flapping: Way = (exchange) => (isDown ? fails({ status: 503 })(exchange) : healthy(exchange))
    const spec = {
      providers: [provider('a'), provider('b')],
      routes: chat('a', 'b'),
      settings: { breaker: { trip_after: 5, open_for_ms: 1_000 } },
    }
    const { ask, calls, rig } = await open({ a: flapping, b: healthy }, spec)
    for (let at = 0; at < 6; at += 1) assert.equal((await ask()).status, 200)
    assert.ok(rig.topics.some(({ topic }) => topic === 'circuit.tripped'))
    const opened = calls('a').length
    const requests = 60
    for (let at = 0; at < requests; at += 1) {
      assert.equal((await ask()).status, 200)
      await sleep(30)
    }
    const share = (calls('a').length - opened) / requests
    assert.ok(share <= 0.2, `${share} attempts a request while it is open`)
    isDown = false
    await sleep(1_200)
    for (let at = 0; at < 3; at += 1) await ask()
    assert.equal((await ask()).headers['x-adaptive-provider'], 'a')
    assert.ok(rig.topics.some(({ topic }) => topic === 'circuit.reset'))
  })

  test('F35 half-open: of many requests at once exactly one is the probe', async () => {
    let isDown = true
    const othersAnswered = Promise.withResolvers<void>()
    const slow: Way = async (exchange) => {
      if (isDown) return fails({ status: 503 })(exchange)
      await Promise.race([othersAnswered.promise, exchange.sleep(3_500)])
      return healthy(exchange)
    }
    const spec = {
      providers: [provider('a'), provider('b')],
      routes: chat('a', 'b'),
      settings: { breaker: { trip_after: 2, open_for_ms: 400 } },
    }
    const { ask, calls } = await open({ a: slow, b: healthy }, spec)
    await ask()
    await ask()
    const opened = calls('a').length
    isDown = false
    await sleep(600)
    let answered = 0
    const askAndCount = async () => {
      const heard = await ask()
      answered += 1
      if (answered === 19) othersAnswered.resolve()
      return heard
    }
    const heard = await Promise.all(Array.from({ length: 20 }, askAndCount))
    assert.ok(heard.every(({ status }) => status === 200))
    assert.equal(calls('a').length - opened, 1)
  })

  test('F35 half of all calls fail: every request is answered, with at most one more call each', async () => {
    const everySecond: Way = (exchange) =>
      exchange.nth % 2 === 1 ? fails({ status: 500 })(exchange) : healthy(exchange)
    const spec = { providers: [provider('a'), provider('b')], routes: chat('a', 'b') }
    const { ask, calls } = await open({ a: everySecond, b: healthy }, spec)
    for (let at = 0; at < 20; at += 1) assert.equal((await ask()).status, 200)
    assert.ok(calls('a').length + calls('b').length <= 40)
  })

  test('F36 everything is down: a fast and honest 503 with the wait, and nobody is called', async () => {
    const spec = {
      providers: [provider('a'), provider('b')],
      routes: chat('a', 'b'),
      settings: { breaker: { trip_after: 2, open_for_ms: 30_000 } },
    }
    const down = fails({ status: 503 })
    const { ask, wall } = await open({ a: down, b: down }, spec)
    for (let at = 0; at < 3; at += 1) await ask()
    const before = wall.calls.length
    const heard = await Promise.all(Array.from({ length: 50 }, () => ask()))
    for (const { status, headers, tookMs } of heard) {
      assert.equal(status, 503)
      const wait = Number(headers['retry-after'])
      assert.ok(wait > 0 && wait <= 34, `Retry-After: ${wait}`)
      assert.ok(tookMs < 3_000, `${tookMs} ms`)
    }
    assert.equal(wall.calls.length, before)
  })

  test('F36 every key rests: 429 with the soonest wait, and nobody is called', async () => {
    const spec = {
      providers: [provider('a', { keys: ['k1', 'k2'] })],
      routes: chat('a'),
      settings: { attempts: { patience_ms: 0 } },
    }
    const { ask, wall } = await open({ a: byKey({ k1: limited(600), k2: limited(60) }) }, spec)
    assert.equal((await ask()).status, 429)
    const before = wall.calls.length
    const heard = await ask()
    assert.equal(heard.status, 429)
    const wait = Number(heard.headers['retry-after'])
    assert.ok(wait > 50 && wait <= 60, `Retry-After: ${wait}`)
    assert.equal(wall.calls.length, before)
  })
})
