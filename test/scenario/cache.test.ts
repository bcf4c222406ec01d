import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../src/gateway/engine/engine-port.ts'
import {
  openWorld,
  readText,
  run,
  streamPieces,
  type World,
  type WorldOptions,
  wholeAnswer,
} from './world.ts'

const one: WorldOptions['providers'] = { a: { keys: ['k1'], models: ['m1'] } }
const ask = { temperature: 0 }
const streamed = { temperature: 0, stream: true }

function cached(options: Partial<WorldOptions> = {}): World {
  let told = 0
  return openWorld({
    providers: one,
    routeCache: { mode: 'write' },
    script: ({ body }) => {
      told += 1
      return body['stream']
        ? { pieces: streamPieces(`answer number ${told}`), delayMs: 100, pieceDelayMs: 100 }
        : { body: wholeAnswer(`answer number ${told}`), delayMs: 100 }
    },
    ...options,
  })
}

interface Said {
  readonly text: string
  readonly ended: string
  readonly cache: string | undefined
}

async function said(answer: Answer): Promise<Said> {
  const { cache } = answer.meta
  if (answer.kind === 'stream') {
    const { text, ended } = await readText(answer.chunks)
    return { text, ended, cache }
  }
  if (answer.kind === 'fault') return { text: '', ended: answer.fault.code, cache }
  const part = answer.reply.choices[0]?.content[0]
  return { text: part?.kind === 'text' ? part.text : '', ended: 'end', cache }
}

/** Whole or streamed, as the call asks. */
const inKind = (text: string, body: Record<string, unknown>) =>
  body['stream'] ? { pieces: streamPieces(text) } : { body: wholeAnswer(text) }

const ends = (world: World) => world.ledger.map(({ outcome }) => outcome).sort()

for (const [name, body] of [
  ['whole', ask],
  ['streamed', streamed],
] as const) {
  test(`cache: an answer is given again without a call (${name})`, async () => {
    const world = cached()
    const first = await run(world, world.chat(body).then(said))
    const again = await run(world, world.chat(body).then(said))
    assert.deepEqual(first, { text: 'answer number 1', ended: 'end', cache: 'miss' })
    assert.deepEqual(again, { ...first, cache: 'hit' })
    assert.equal(world.transport.calls.length, 1)
    assert.deepEqual(
      world.ledger.map(({ outcome, attempts, finalModel }) => [outcome, attempts.length, finalModel]),
      [
        ['SUCCESS', 1, 'm1'],
        ['CACHED', 0, 'm1'],
      ],
    )
  })

  test(`cache: a hundred equal requests at once make one call and get a hundred answers (${name})`, async () => {
    const world = cached()
    const all = Promise.all(Array.from({ length: 100 }, () => world.chat(body).then(said)))
    const answers = await run(world, all)
    assert.equal(world.transport.calls.length, 1)
    assert.deepEqual(
      new Set(answers.map(({ text, ended }) => `${text}, ${ended}`)),
      new Set(['answer number 1, end']),
    )
    assert.equal(answers.filter(({ cache }) => cache === 'hit').length, 99)
    assert.deepEqual(ends(world), [...Array(99).fill('CACHED'), 'SUCCESS'])
    assert.equal(world.engine.running(), 0)
    assert.equal(world.cache.stats().flights, 0)
    assert.equal(world.clock.pending(), 0)
  })

  test(`cache: two tenants never share, at once or later (${name})`, async () => {
    const world = cached()
    const never = new AbortController().signal
    const tenants = ['acme', 'globex', 'acme', 'globex']
    const answers = await run(
      world,
      Promise.all(tenants.map((tenant) => world.chat(body, never, { tenant }).then(said))),
    )
    assert.equal(world.transport.calls.length, 2)
    assert.equal(answers[0]?.text, answers[2]?.text)
    assert.equal(answers[1]?.text, answers[3]?.text)
    assert.notEqual(answers[0]?.text, answers[1]?.text)
    const later = await run(world, world.chat(body, never, { tenant: 'globex' }).then(said))
    assert.equal(later.text, answers[1]?.text)
  })

  test(`cache: who leads and leaves takes nothing from the others (${name})`, async () => {
    const world = cached()
    const gone = new AbortController()
    const leader = world.chat(body, gone.signal).then(said)
    const others = [world.chat(body).then(said), world.chat(body).then(said)]
    await world.clock.advance(50)
    gone.abort()
    const left = await run(world, leader)
    assert.equal(left.ended, 'cancelled')
    for (const other of others) assert.equal((await run(world, other)).text, 'answer number 1')
    assert.equal(world.transport.calls.length, 1)
    assert.deepEqual(ends(world), ['CACHED', 'CACHED', 'CANCELLED'])
    const paid = world.ledger.find(({ outcome }) => outcome === 'CANCELLED')
    assert.equal(paid?.attempts.length, 1)
    assert.equal(world.engine.running(), 0)
  })

  test(`cache: when all have left, the call ends too (${name})`, async () => {
    const world = cached()
    const gone = new AbortController()
    const all = Promise.all([
      world.chat(body, gone.signal).then(said),
      world.chat(body, gone.signal).then(said),
    ])
    await world.clock.advance(50)
    gone.abort()
    const answers = await run(world, all)
    assert.deepEqual(
      answers.map(({ ended }) => ended),
      ['cancelled', 'cancelled'],
    )
    await world.clock.advance(1_000)
    assert.equal(world.transport.calls[0]?.end, 'aborted')
    assert.deepEqual(ends(world), ['CANCELLED', 'CANCELLED'])
    const next = await run(world, world.chat(body).then(said))
    assert.equal(next.text, 'answer number 2')
  })

  test(`cache: each keeps its own deadline (${name})`, async () => {
    const world = cached({
      script: (call) => ({ ...inKind('late', call.body), delayMs: 500 }),
    })
    const hurried = { ...body, adaptive: { deadline_ms: 200 } }
    const script: Promise<Said>[] = [
      world.chat(hurried).then(said),
      world.chat(body).then(said),
      world.chat(hurried).then(said),
    ]
    const answers = await run(world, Promise.all(script))
    assert.deepEqual(
      answers.map(({ ended }) => ended),
      ['deadline_exceeded', 'end', 'deadline_exceeded'],
    )
    assert.equal(world.transport.calls.length, 1)
    assert.deepEqual(ends(world), ['CACHED', 'FAILURE', 'FAILURE'])
  })

  test(`cache: a fault of the providers is told to all who share the call (${name})`, async () => {
    const world = cached({ script: () => ({ status: 400, body: '{"error":{"message":"no"}}' }) })
    const answers = await run(
      world,
      Promise.all(Array.from({ length: 5 }, () => world.chat(body).then(said))),
    )
    assert.deepEqual(new Set(answers.map(({ ended }) => ended)), new Set(['invalid_request']))
    assert.equal(world.transport.calls.length, 1)
    assert.deepEqual(ends(world), Array(5).fill('FAILURE'))
  })

  test(`cache: an old answer is given only where every target fails (${name})`, async () => {
    let isDown = false
    const world = cached({
      config: { attempts: { max: 2, sameTry: 1, baseMs: 1, maxMs: 1, patienceMs: 0 } },
      script: (call) => (isDown ? { status: 503, body: '{}' } : inKind('old', call.body)),
    })
    await run(world, world.chat(body).then(said))
    await world.clock.advance(11_000)
    isDown = true
    const stale = await run(world, world.chat(body).then(said))
    assert.deepEqual(stale, { text: 'old', ended: 'end', cache: 'stale' })
    const entry = world.ledger.at(-1)
    assert.deepEqual([entry?.outcome, entry?.attempts.length], ['CACHED', 1])
    isDown = false
    const fresh = await run(world, world.chat(body).then(said), 1_000)
    assert.equal(fresh.cache, 'miss')
    isDown = true
    await world.clock.advance(80_000)
    assert.equal((await run(world, world.chat(body).then(said), 1_000)).text, '')
  })
}

test('cache: the next leads where the one before failed by its own fault', async () => {
  const world = cached()
  const flights = world.cache.flights
  const first = flights.board('k', {
    clock: world.clock,
    leftMs: 1_000,
    signal: new AbortController().signal,
  })
  assert.equal(first.leads, true)
  first.flight.land({ kind: 'fault', fault: { code: 'cancelled' } as never, isOwn: true })
  const second = flights.board('k', {
    clock: world.clock,
    leftMs: 1_000,
    signal: new AbortController().signal,
  })
  assert.equal(second.leads, true)
})

test('cache: a stream that breaks is never kept, and those who share it hear that it broke', async () => {
  const broken = streamPieces('one two three').slice(0, 3)
  const world = cached({ script: () => ({ pieces: broken, pieceDelayMs: 50, ending: 'reset' }) })
  const answers = await run(
    world,
    Promise.all(Array.from({ length: 3 }, () => world.chat(streamed).then(said))),
  )
  for (const { ended } of answers) assert.notEqual(ended, 'end')
  assert.equal(world.cache.stats().memory.entries, 0)
  assert.deepEqual(ends(world), ['FAILURE', 'FAILURE', 'FAILURE'])
})

test('cache: a stream finished by another model is given and not kept', async () => {
  const world = cached({
    providers: { ...one, b: { keys: ['k2'], models: ['m1'] } },
    recovery: ['align'],
    script: (_call, index) =>
      index === 0
        ? { pieces: streamPieces('one two three').slice(0, 3), ending: 'reset' }
        : { pieces: streamPieces('one two three') },
  })
  const answer = await run(world, world.chat(streamed).then(said))
  assert.equal(answer.text, 'one two three')
  assert.equal(world.cache.stats().memory.entries, 0)
})

test('cache: a stream replays to the letter, and joins from its first piece', async () => {
  const world = cached()
  const first = world.chat(streamed)
  await world.clock.advance(350)
  const joined = world.chat(streamed)
  const read = async (answer: Promise<Answer>) => {
    const is = await answer
    assert.ok(is.kind === 'stream')
    return (await readText(is.chunks)).raw
  }
  const [raw, late] = await run(world, Promise.all([read(first), read(joined)]))
  const again = await run(world, read(world.chat(streamed)))
  assert.ok(raw.endsWith('data: [DONE]\n\n'))
  assert.equal(late, raw)
  assert.equal(again, raw)
})

const modes: readonly [mode: string, before: string, after: string][] = [
  ['off', 'answer number 2', 'answer number 1'],
  ['read', 'answer number 1', 'answer number 1'],
  ['write', 'answer number 1', 'answer number 1'],
  ['refresh', 'answer number 2', 'answer number 2'],
]
for (const [mode, before, after] of modes)
  test(`cache: a request may say ${mode}`, async () => {
    const world = cached()
    await run(world, world.chat(ask).then(said))
    const asked = await run(world, world.chat({ ...ask, adaptive: { cache: mode } }).then(said))
    assert.equal(asked.text, before)
    const next = await run(world, world.chat(ask).then(said))
    assert.equal(next.text, after)
  })

test('cache: looking up alone keeps nothing', async () => {
  const world = cached({ routeCache: { mode: 'read' } })
  await run(world, world.chat(ask).then(said))
  const again = await run(world, world.chat(ask).then(said))
  assert.equal(again.text, 'answer number 2')
})

test('cache: without a word of route or caller nothing is looked up or kept', async () => {
  const world = cached({ routeCache: {} })
  await run(world, world.chat(ask).then(said))
  const again = await run(world, world.chat(ask).then(said))
  assert.deepEqual(again, { text: 'answer number 2', ended: 'end', cache: undefined })
  assert.equal(world.cache.stats().memory.misses, 0)
})

test('cache: what another process kept is found, and is in memory from then on', async () => {
  const shared = new Map<string, Buffer>()
  const farTier = {
    get: async (key: string) => shared.get(key),
    set: (key: string, bytes: Buffer) => void shared.set(key, bytes),
    clear: async () => 0,
    isAway: () => false,
  }
  const here = cached({ farTier })
  const there = cached({ farTier })
  await run(here, here.chat(ask).then(said))
  const found = await run(there, there.chat(ask).then(said))
  assert.deepEqual(found, { text: 'answer number 1', ended: 'end', cache: 'hit' })
  assert.equal(there.transport.calls.length, 0)
  assert.equal(there.events.filter(({ topic }) => topic === 'cache.hit').length, 1)
  shared.clear()
  const near = await run(there, there.chat(ask).then(said))
  assert.equal(near.cache, 'hit')
  const { memory, redis } = there.cache.stats()
  assert.deepEqual([memory.hits, redis?.hits], [1, 1])
})

test('cache: a whole answer that cannot be recorded is not given where the ledger is required', async () => {
  const world = cached({
    isLedgerDown: true,
  })
  await run(world, world.chat(ask).then(said))
  world.reconfigure((config) => ({ ...config, ledger: { ...config.ledger, mode: 'required' } }))
  const answer = await run(world, world.chat(ask).then(said))
  assert.equal(answer.ended, 'ledger_unavailable')
})
