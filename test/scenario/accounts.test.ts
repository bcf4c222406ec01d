import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld, run } from './world.ts'

test('a request that the ledger forbids has an end for its start', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] } },
    script: () => ({ pieces: [] }),
    isLedgerDown: true,
    config: {
      ledger: { previews: 'off', mode: 'required', commitWaitMs: 250, synchronous: 'normal' },
    },
  })
  const answer = await run(world, world.chat())
  assert.equal(answer.kind === 'fault' && answer.fault.code, 'ledger_unavailable')
  assert.equal(world.transport.calls.length, 0)
  assert.deepEqual(
    world.events.map(({ topic, payload }) => [topic, 'outcome' in payload && payload.outcome]),
    [
      ['api.request.start', false],
      ['api.request.end', 'REJECTED'],
    ],
  )
})
