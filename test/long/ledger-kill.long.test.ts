import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killLoop } from '../ledger/kill-loop.ts'

/** Two hundred take longer than a build may: `KILLS=200 npm run test:long` for a release. */
const kills = Number(process.env['KILLS'] ?? 40)

test(`kill: under load, ${kills} times: nothing answered is missing, nothing twice, the chain is whole`, async (t) => {
  const seed = Number(process.env['KILL_SEED'] ?? 20260102)
  const counts = await killLoop(kills, seed)
  t.diagnostic(`seed ${seed}: ${JSON.stringify(counts)}`)
  assert.ok(
    counts.answered > 5 * kills && counts.crashed > kills / 2,
    `too little was seen: ${JSON.stringify(counts)}`,
  )
})
