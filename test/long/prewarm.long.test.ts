/** Pre-warming a thousand answers: a bar, a rate, and what share of requests the cache answers afterwards. */

import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { cacheWarm } from '../../src/cli/cache-commands.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { startGateway, temporaryDirectory } from '../e2e/gateway-process.ts'

test('cache warm: a thousand entries', async (t) => {
  const dir = temporaryDirectory()
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const gateway = await startGateway(`providers:
  p: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k], models: [m] }
routes: { chat: { targets: [ { provider: p, models: [m] } ], cache: { mode: write } } }
prewarm: { workers: 10 }
`)
  t.after(async () => {
    await gateway.kill()
    gateway.remove()
    await sandbox.close()
    rmSync(dir, { recursive: true, force: true })
  })
  const file = join(dir, 'prewarm.json')
  const customers = Array.from({ length: 100 }, (_, at) => `customer ${at}`)
  const questions = Array.from({ length: 10 }, (_, at) => `Question ${at} about {customer}`)
  writeFileSync(file, JSON.stringify({ customers, questions }))
  const [out, err] = await heard(() => cacheWarm({ file, url: gateway.url }))
  t.diagnostic(out.trim())
  assert.match(err, /\[=+>? *\] +\d+ % +[\d,]+ of 1,000 +[\d.]+\/s/)
  assert.match(out, /1000 warmed, 0 known already, 0 failed, [\d.]+ a second/)
  assert.equal(sandbox.attempts.length, 1_000)
  const again = await heard(() => cacheWarm({ file, url: gateway.url }))
  t.diagnostic(again[0].trim())
  assert.match(again[0], /0 warmed, 1000 known already, 0 failed.*Hit share so far: 50\.0 %/)
  assert.equal(sandbox.attempts.length, 1_000)
})

/** What was written to both streams meanwhile. */
async function heard(run: () => Promise<number>): Promise<[out: string, err: string]> {
  const told: [string, string] = ['', '']
  const streams = [process.stdout, process.stderr]
  const writes = streams.map((stream) => stream.write)
  for (const [at, stream] of streams.entries())
    stream.write = (text: string | Uint8Array) => {
      told[at as 0 | 1] += text
      return true
    }
  try {
    assert.equal(await run(), 0)
  } finally {
    for (const [at, stream] of streams.entries()) stream.write = writes[at] ?? stream.write
  }
  return told
}
