import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killLoop } from './kill-loop.ts'

test('kill: under load, twice: nothing answered is missing, nothing twice, the chain is whole', async (t) => {
  const seed = Number(process.env['KILL_SEED'] ?? 20260101)
  const counts = await killLoop(2, seed)
  t.diagnostic(`seed ${seed}: ${JSON.stringify(counts)}`)
  assert.ok(counts.answered > 10 && counts.crashed > 0, `too little was seen: ${JSON.stringify(counts)}`)
})
