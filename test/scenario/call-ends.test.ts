import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld, readText, run, streamPieces, type WorldOptions, wholeAnswer } from './world.ts'

const one: WorldOptions['providers'] = { a: { keys: ['k1'], models: ['m1'] } }
const compressed = { 'content-encoding': 'gzip' }

for (const stream of [false, true])
  test(`an answer that is refused unread is closed (${stream ? 'streamed' : 'whole'})`, async () => {
    const world = openWorld({
      providers: one,
      script: () =>
        stream
          ? { pieces: streamPieces('hello'), headers: compressed }
          : { body: wholeAnswer('hello'), headers: compressed },
    })
    const answer = await run(world, world.chat({ stream }))
    assert.equal(answer.kind === 'fault' && answer.fault.code, 'upstream_malformed')
    assert.deepEqual(
      world.transport.calls.map(({ end }) => end),
      world.transport.calls.map(() => 'aborted'),
    )
  })

test('a stream that is slow to begin has no more time than is left of the request', async () => {
  const world = openWorld({
    providers: one,
    config: {
      timeouts: {
        totalMs: 4_000,
        connectMs: 1_000,
        firstTokenMs: 3_500,
        idleMs: 3_500,
        responseMs: 4_000,
      },
    },
    script: () => ({ pieces: streamPieces('one two three four'), delayMs: 2_500, pieceDelayMs: 400 }),
  })
  const answer = await run(world, world.chat({ stream: true }))
  assert.ok(answer.kind === 'stream')
  const { ended } = await run(world, readText(answer.chunks))
  assert.equal(ended, 'deadline_exceeded')
  assert.equal(world.transport.calls[0]?.endedAtMs, 4_000)
})

test('a caller who reads slowly is not the fault of the provider', async () => {
  const world = openWorld({
    providers: { ...one, b: { keys: ['k2'], models: ['m1'] } },
    config: {
      timeouts: { totalMs: 60_000, connectMs: 1_000, firstTokenMs: 1_000, idleMs: 1_000, responseMs: 1_000 },
    },
    script: () => ({ pieces: streamPieces('one two three four'), pieceDelayMs: 100 }),
    recovery: ['align'],
  })
  const answer = await run(world, world.chat({ stream: true }))
  assert.ok(answer.kind === 'stream')
  const slowly = async function* (chunks: typeof answer.chunks) {
    for await (const chunk of chunks) {
      yield chunk
      await world.clock.sleep(3_000)
    }
  }
  const { text, ended } = await run(world, readText(slowly(answer.chunks)))
  assert.deepEqual([text, ended], ['one two three four', 'end'])
  assert.equal(world.transport.calls.length, 1)
  assert.equal(world.ledger[0]?.outcome, 'SUCCESS')
})

test('a caller who leaves in the middle of a character is not the fault of the provider', async () => {
  const bytes = new TextEncoder().encode(streamPieces('one é two').join(''))
  const inside = bytes.indexOf(0xc3) + 1
  const world = openWorld({
    providers: one,
    script: () => ({ pieces: [bytes.subarray(0, inside), bytes.subarray(inside)], pieceDelayMs: 100 }),
  })
  const caller = new AbortController()
  const answer = await run(world, world.chat({ stream: true }, caller.signal))
  assert.ok(answer.kind === 'stream')
  const read = readText(answer.chunks)
  await world.clock.advance(50)
  caller.abort()
  await run(world, read)
  assert.deepEqual(
    world.ledger[0]?.attempts.map(({ fault }) => fault?.code),
    ['cancelled'],
  )
})
