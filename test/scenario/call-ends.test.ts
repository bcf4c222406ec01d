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
