import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killLoop } from '../ledger/kill-loop.ts'

test('kill: under load, 200 times: nothing answered is missing, nothing twice, the chain is whole', async (t) => {
  const seed = Number(process.env['KILL_SEED'] ?? 20260102)
  const counts = await killLoop(200, seed)
  t.diagnostic(`seed ${seed}: ${JSON.stringify(counts)}`)
  assert.ok(counts.answered > 1_000 && counts.crashed > 100, `too little was seen: ${JSON.stringify(counts)}`)
})
