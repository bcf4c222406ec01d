import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryConfig } from '../../src/config/memory-config.ts'
import { configSchema } from '../../src/config/schema.ts'
import { openWorld, readText, run, streamPieces } from './world.ts'

test('a request that the ledger forbids has an end for its start', async () => {
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] } },
    script: () => ({ pieces: [] }),
    isLedgerDown: true,
    config: {
      ledger: { ...memoryConfig(configSchema.parse({})).ledger, mode: 'required' },
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

test('the cost of a request is that of all its attempts that were billed', async () => {
  const failed = `data: ${JSON.stringify({ error: { message: 'down', type: 'server_error' } })}\n\n`
  const world = openWorld({
    providers: { a: { keys: ['k1'], models: ['m1'] }, b: { keys: ['k2'], models: ['m2'] } },
    // The first one breaks off after it told its usage and before its terminator.
    script: ({ origin }) => {
      const pieces = streamPieces('one two three')
      return {
        pieces: origin.includes('//a.') ? [...pieces.slice(0, 3), ...pieces.slice(5, 6), failed] : pieces,
      }
    },
    catalogue: { costUsd: ({ provider }) => (provider === 'a' ? '0.000100' : '0.000020') },
    recovery: ['align'],
    config: { attempts: { max: 12, sameTry: 1, baseMs: 1, maxMs: 1, patienceMs: 0 } },
  })
  const answer = await run(world, world.chat({ stream: true }))
  assert.ok(answer.kind === 'stream')
  assert.equal((await run(world, readText(answer.chunks))).ended, 'end')
  const entry = world.ledger[0]
  assert.deepEqual(
    entry?.attempts.map(({ costUsd }) => costUsd),
    ['0.000100', '0.000020'],
  )
  assert.equal(entry?.estimatedCostUsd, '0.000120')
})
