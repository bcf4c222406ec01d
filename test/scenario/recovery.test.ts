import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Script } from '../../src/sandbox/scripted-transport.ts'
import { openWorld, readText, run, streamPieces, type World, type WorldOptions } from './world.ts'

const words = Array.from({ length: 60 }, (_, at) => `word${at + 1}`)
const text = words.join(' ')
const two: WorldOptions['providers'] = {
  a: { keys: ['k1'], models: ['m1'] },
  b: { keys: ['k2'], models: ['m2'] },
}
const cut = (ending: 'end' | 'reset' | 'stall' = 'end') => ({
  pieces: streamPieces(text).slice(0, 41),
  ending,
})
const isFirst = (origin: string) => origin.includes('//a.')
const lastMessages = (body: Record<string, unknown>) =>
  (Array.isArray(body['messages']) ? body['messages'] : []).map(({ role }) => role).join()
const refusal = {
  status: 400,
  body: JSON.stringify({
    error: { message: 'prefill is not supported', type: 'invalid_request_error', code: null },
  }),
}

async function answerOf(world: World) {
  const answer = await run(world, world.chat({ stream: true }))
  assert.ok(answer.kind === 'stream')
  return run(world, readText(answer.chunks))
}

type Row = readonly [
  name: string,
  second: (body: Record<string, unknown>) => ReturnType<Script>,
  expected: { readonly text: string; readonly ways: readonly string[] },
  prefill?: boolean,
]
const rows: readonly Row[] = [
  [
    'asked anew, the second target says the same, and the caller gets each word once',
    () => ({ pieces: streamPieces(text, 'm2') }),
    { text, ways: ['align'] },
  ],
  [
    'a target that takes prefill goes on from it',
    (body) =>
      lastMessages(body) === 'user,assistant'
        ? { pieces: streamPieces(words.slice(40).join(' '), 'm2') }
        : refusal,
    { text, ways: ['prefill'] },
    true,
  ],
  [
    'a target that refuses prefill is asked anew',
    (body) => (lastMessages(body) === 'user,assistant' ? refusal : { pieces: streamPieces(text, 'm2') }),
    { text, ways: ['prefill', 'align'] },
    true,
  ],
  [
    'a prefilled target that repeats everything is laid over what was said',
    () => ({ pieces: streamPieces(text, 'm2') }),
    { text, ways: ['prefill'] },
    true,
  ],
  [
    'a target that says something else is asked to go on',
    (body) =>
      lastMessages(body) === 'user,assistant,user'
        ? { pieces: streamPieces(words.slice(40).join(' '), 'm2') }
        : { pieces: streamPieces('Another answer altogether', 'm2') },
    { text, ways: ['align', 'continue'] },
  ],
]

for (const ending of ['end', 'reset', 'stall'] as const)
  for (const [name, second, expected, prefill] of rows)
    test(`recovery (${ending}): ${name}`, async () => {
      const world = openWorld({
        providers: two,
        script: ({ origin, body }) => (isFirst(origin) ? cut(ending) : second(body)),
        catalogue: { facts: () => ({ prefill }) },
        recovery: ['prefill', 'align', 'continue'],
      })
      const heard = await answerOf(world)
      assert.equal(heard.text, expected.text)
      assert.equal(heard.ended, 'end')
      const entry = world.ledger[0]
      assert.equal(entry?.outcome, 'RECOVERED_SUCCESS')
      assert.deepEqual([entry?.finalProvider, entry?.finalModel], ['b', 'm2'])
      const recovered = entry?.attempts.filter(({ recovery }) => recovery !== undefined) ?? []
      assert.deepEqual(
        recovered.map(({ recovery }) => recovery),
        expected.ways,
      )
      assert.equal(entry?.attempts[0]?.spoke?.words, 40)
      assert.equal(recovered.at(-1)?.spoke?.words, 20)
      assert.ok(world.events.some(({ topic }) => topic === 'stream.recovered'))
    })

test('recovery: no other target, an error in band and no success', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] } },
    script: () => cut(),
    recovery: ['align'],
    config: { attempts: { max: 12, sameTry: 1, baseMs: 1, maxMs: 1, patienceMs: 0 } },
  })
  const heard = await answerOf(world)
  assert.equal(heard.ended, 'upstream_cut')
  assert.equal(heard.text, `${words.slice(0, 40).join(' ')} `)
  assert.equal(world.ledger[0]?.outcome, 'FAILURE')
})

test('recovery: switched off, the stream ends with an error and the second target is not called', async () => {
  const world = openWorld({ providers: two, script: () => cut(), recovery: [] })
  const heard = await answerOf(world)
  assert.equal(heard.ended, 'upstream_cut')
  assert.deepEqual(
    world.transport.calls.map(({ origin }) => origin),
    ['http://a.test/v1'],
  )
})

test('recovery: a begun tool call is not finished by another', async () => {
  const chunk = (delta: object) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm1', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`
  const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a' } }
  const world = openWorld({
    providers: two,
    script: () => ({ pieces: [chunk({ role: 'assistant', tool_calls: [call] })], ending: 'end' }),
    recovery: ['align', 'continue'],
  })
  const heard = await answerOf(world)
  assert.match(heard.ended, /^upstream_/)
  assert.equal(world.transport.calls.length, 1)
  assert.equal(world.ledger[0]?.outcome, 'FAILURE')
})

test('recovery: a stream that breaks twice is finished by the third', async () => {
  const world = openWorld({
    providers: { ...two, c: { keys: ['k3'], models: ['m3'] } },
    script: ({ origin }) =>
      isFirst(origin)
        ? cut()
        : origin.includes('//b.')
          ? { pieces: streamPieces(text, 'm2').slice(0, 51), ending: 'reset' }
          : { pieces: streamPieces(text, 'm3') },
    recovery: ['align'],
  })
  const heard = await answerOf(world)
  assert.equal(heard.text, text)
  assert.deepEqual(
    world.ledger[0]?.attempts.map(({ spoke }) => spoke?.words),
    [40, 10, 10],
  )
})

const attempts = (max: number) => ({ max, sameTry: 2, baseMs: 1, maxMs: 1, patienceMs: 0 })

test('recovery: each way of asking is an attempt, and there are no more than are allowed', async () => {
  const world = openWorld({
    providers: two,
    script: ({ origin, body }) => {
      if (isFirst(origin)) return cut()
      return lastMessages(body) === 'user' ? { pieces: streamPieces('Another answer') } : refusal
    },
    catalogue: { facts: () => ({ prefill: true }) },
    recovery: ['prefill', 'align', 'continue'],
    config: { attempts: attempts(3) },
  })
  const heard = await answerOf(world)
  assert.equal(heard.ended, 'upstream_cut')
  assert.equal(world.transport.calls.length, 3)
})

test('recovery: a request that is refused as it stands is not asked in another way', async () => {
  const world = openWorld({
    providers: two,
    script: ({ origin }) => (isFirst(origin) ? cut() : refusal),
    recovery: ['align', 'continue'],
    config: { attempts: attempts(12) },
  })
  const heard = await answerOf(world)
  assert.equal(heard.ended, 'upstream_cut')
  assert.equal(world.transport.calls.length, 2)
})

test('recovery: a target that has nothing to add is not to blame, and another way is tried', async () => {
  const world = openWorld({
    providers: two,
    script: ({ origin, body }) => {
      if (isFirst(origin)) return { pieces: streamPieces(text).slice(0, 61) }
      return { pieces: streamPieces(lastMessages(body) === 'user' ? text : '', 'm2') }
    },
    catalogue: { facts: () => ({ prefill: true }) },
    recovery: ['prefill', 'align'],
  })
  const heard = await answerOf(world)
  assert.deepEqual([heard.text, heard.ended], [text, 'end'])
  const entry = world.ledger[0]
  assert.deepEqual(
    entry?.attempts.map(({ fault }) => fault?.code),
    ['upstream_cut', 'upstream_departed', undefined],
  )
})

test('recovery: a target that cannot finish an answer in an allowed way costs nothing and is not told', async () => {
  const world = openWorld({
    providers: { ...two, c: { keys: ['k3'], models: ['m3'] } },
    script: ({ origin }) => (isFirst(origin) ? cut() : { pieces: streamPieces(words.slice(40).join(' ')) }),
    catalogue: { facts: ({ name }) => ({ prefill: name === 'c' }) },
    recovery: ['prefill'],
    config: { attempts: attempts(2) },
  })
  const heard = await answerOf(world)
  assert.deepEqual([heard.text, heard.ended], [text, 'end'])
  const failovers = world.events.filter(({ topic }) => topic === 'provider.failover')
  assert.deepEqual(
    failovers.map(({ payload }) => payload),
    [{ fromProvider: 'a', toProvider: 'c' }],
  )
})

test('recovery: the next way does not use a key that rests meanwhile', async () => {
  const limited = { status: 429, headers: { 'retry-after': '60' }, body: '{"error":{"message":"slow down"}}' }
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k2', 'k3'], models: ['m2'] } },
    script: ({ origin, body, key }) => {
      if (isFirst(origin)) return cut()
      if (!body['stream']) return limited
      if (lastMessages(body) === 'user,assistant') return { ...refusal, delayMs: 500 }
      return key === 'k2' ? limited : { pieces: streamPieces(text, 'm2') }
    },
    catalogue: { facts: () => ({ prefill: true }) },
    recovery: ['prefill', 'align'],
  })
  const answer = answerOf(world)
  // While the first way is under way, another request meets the limit of its key.
  await world.clock.advance(100)
  await world.chat({ model: 'b/m2', adaptive: { deadline_ms: 200 } })
  const heard = await answer
  assert.deepEqual([heard.text, heard.ended], [text, 'end'])
  assert.deepEqual(
    world.transport.calls.filter(({ model }) => model === 'm2').map(({ key, atMs }) => `${key} ${atMs}`),
    ['k2 100', 'k3 100', 'k2 100', 'k3 60100', 'k3 60600'],
  )
})
