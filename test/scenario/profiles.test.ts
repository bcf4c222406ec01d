/** Named sets of limits: who chooses them, what they hold to, and what the one for the phone keeps its word on. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openaiInbound } from '../../src/gateway/adapters/openai/adapter.ts'
import { readExtension } from '../../src/protocol/extension.ts'
import { openWorld, readText, run, streamPieces, type WorldOptions, wholeAnswer } from './world.ts'

const one = { a: { keys: ['k1'], models: ['m1'] } }
const two = { ...one, b: { keys: ['k1'], models: ['m1'] } }
const silent = { delayMs: 600_000 }

type Given = Pick<WorldOptions, 'config' | 'route'> & { readonly named?: string }
const chosen: readonly [name: string, given: Given, endsAtMs: number][] = [
  ['by nobody: the general limit', {}, 120_000],
  ['by the request', { named: 'ci' }, 18_000],
  ['by the route', { route: { profile: 'local' } }, 15_000],
  ['by the file', { config: { profile: 'production' } }, 30_000],
  ['the route’s before the file’s', { config: { profile: 'production' }, route: { profile: 'ci' } }, 18_000],
  ['the request’s before both', { named: 'phone', route: { profile: 'ci' } }, 2_000],
  [
    'the route’s own limits stand above the profile it falls under',
    { route: { profile: 'local', timeouts: { totalMs: 9_000 } } },
    9_000,
  ],
  [
    'and under the one that is named',
    { named: 'ci', route: { profile: 'local', timeouts: { totalMs: 9_000 } } },
    18_000,
  ],
]
for (const [name, { named, ...given }, totalMs] of chosen)
  test(`profile: chosen ${name}`, async () => {
    const world = openWorld({ providers: one, script: () => ({ delayMs: 1, pieces: [] }), ...given })
    const read = openaiInbound.readRequest({ model: 'chat', messages: [{ role: 'user', content: 'Hello' }] })
    assert.ok(read.ok)
    const extension = readExtension(named ? { adaptive: { profile: named } } : {})
    assert.ok(extension.ok)
    const told = world.engine.explain({ request: read.value, extension: extension.value })
    assert.equal(told.ok && told.value.limits.totalMs, totalMs)
  })

test('profile: its attempts and back-off hold, and the rest is as configured', async () => {
  const failing: WorldOptions['script'] = () => ({ status: 500, body: '{}' })
  const count = async (profile?: string) => {
    const world = openWorld({
      providers: one,
      script: failing,
      config: { retries: { share: 1, perMinute: 100 } },
    })
    await run(world, world.chat(profile ? { adaptive: { profile } } : {}))
    return world.transport.calls.length
  }
  assert.deepEqual([await count(), await count('local'), await count('production')], [2, 3, 4])
})

test('phone: a stream whose first content came in time goes on beyond two seconds', async () => {
  const words = 'a story that takes a while to be told '.repeat(2)
  const script = () => ({ pieces: streamPieces(words), delayMs: 100, pieceDelayMs: 150 })
  const world = openWorld({ providers: one, script })
  const answer = await run(world, world.chat({ stream: true, adaptive: { profile: 'phone' } }))
  assert.ok(answer.kind === 'stream' && world.clock.monoMs() < 2_000)
  const { text, ended } = await run(world, readText(answer.chunks))
  assert.deepEqual([text, ended], [words, 'end'])
  assert.ok(world.clock.monoMs() > 2_500)
})

test('phone: a deadline of the caller ends a stream all the same', async () => {
  const script = () => ({ pieces: streamPieces('word '.repeat(40)), pieceDelayMs: 250 })
  const world = openWorld({ providers: one, script })
  const wish = { profile: 'phone', deadline_ms: 1_500 }
  const answer = await run(world, world.chat({ stream: true, adaptive: wish }))
  assert.ok(answer.kind === 'stream')
  const { ended } = await run(world, readText(answer.chunks))
  assert.notEqual(ended, 'end')
  assert.ok(world.clock.monoMs() < 1_700, `${world.clock.monoMs()} ms`)
})

test('phone: a stream that others share goes on for all of them', async () => {
  const script = () => ({ pieces: streamPieces('word '.repeat(30)), delayMs: 100, pieceDelayMs: 150 })
  const world = openWorld({ providers: one, script, routeCache: { mode: 'write' } })
  const ask = () => world.chat({ stream: true, temperature: 0, adaptive: { profile: 'phone' } })
  const answers = await run(world, Promise.all([ask(), ask(), ask()]))
  const told = await run(
    world,
    Promise.all(answers.map((answer) => (answer.kind === 'stream' ? readText(answer.chunks) : undefined))),
  )
  assert.deepEqual(
    told.map((one) => one?.ended),
    ['end', 'end', 'end'],
  )
  assert.equal(world.transport.calls.length, 1)
})

for (const stream of [false, true])
  test(`phone: 1,000 requests at 100 a second while the first provider stalls (${stream ? 'streamed' : 'whole'})`, async () => {
    const answers = { body: wholeAnswer('fine'), delayMs: 300 }
    const streams = { pieces: streamPieces('fine'), delayMs: 300 }
    const world = openWorld({
      providers: two,
      script: ({ origin }) => (origin.includes('//a.') ? silent : stream ? streams : answers),
    })
    let answered = 0
    let slowestMs = 0
    const running: Promise<void>[] = []
    for (let at = 0; at < 1_000; at += 1) {
      const startMs = world.clock.monoMs()
      const asking = world.chat({ stream, adaptive: { profile: 'phone' } }).then(async (answer) => {
        slowestMs = Math.max(slowestMs, world.clock.monoMs() - startMs)
        if (answer.kind !== 'fault') answered += 1
        if (answer.kind === 'stream') await readText(answer.chunks)
      })
      running.push(asking)
      await world.clock.advance(10)
    }
    await run(world, Promise.all(running), 10)
    assert.ok(answered >= 990, `${answered} answered`)
    assert.ok(slowestMs <= 2_050, `${slowestMs} ms`)
  })
