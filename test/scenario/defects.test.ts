import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld, readText, run, streamPieces, type WorldOptions, wholeAnswer } from './world.ts'

const boom = () => {
  throw new Error('a defect')
}
const one: WorldOptions['providers'] = { a: { keys: ['k1'], models: ['m1'] } }

test('a defect on the way ends the request with an entry, and the engine goes on', async () => {
  const world = openWorld({
    providers: one,
    script: () => ({ body: wholeAnswer('Hi') }),
    catalogue: { costUsd: boom },
  })
  const answer = await run(world, world.chat())
  assert.equal(answer.kind === 'fault' && answer.fault.code, 'internal')
  assert.deepEqual(
    world.ledger.map(({ outcome, error }) => [outcome, error?.code]),
    [['FAILURE', 'internal']],
  )
  assert.equal(world.engine.running(), 0)
})

test('a defect in the middle of a stream ends it with an error in band', async () => {
  let asked = 0
  const world = openWorld({
    providers: one,
    script: () => ({ pieces: streamPieces('one two three'), ending: 'end' }),
    catalogue: {
      costUsd: () => {
        asked += 1
        return asked === 1 ? boom() : undefined
      },
    },
  })
  const answer = await run(world, world.chat({ stream: true }))
  assert.ok(answer.kind === 'stream')
  const heard = await run(world, readText(answer.chunks))
  assert.equal(heard.ended, 'internal')
  assert.equal(world.engine.running(), 0)
})
