import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventLoad } from '../ledger/event-load.ts'

test('events: 10,000 a second for 60 seconds: no entry of the ledger is lost', async (t) => {
  const load = await eventLoad(10_000, 60_000)
  t.diagnostic(JSON.stringify(load))
  assert.ok(load.published > 590_000)
  assert.ok(Math.abs(load.stored + load.dropped - load.published) <= 200, JSON.stringify(load))
})
