/** However the process ends, but for being killed, every event and entry it held is on disk. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { type GatewayProcess, startGateway, temporaryDirectory } from '../e2e/gateway-process.ts'

const config = `
providers: { gone: { dialect: openai, base_url: "http://127.0.0.1:9/v1", keys: [k], models: [m] } }
routes: { chat: { targets: [ { provider: gone, models: [m] } ] } }
attempts: { max: 1 }
breaker: { trip_after: 1000 }
events: { batch_ms: 60000 }
`
const asked = 7

async function ask(gateway: GatewayProcess): Promise<void> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'x' }] }),
  })
  await answer.text()
}

function failuresStored(dir: string): number {
  const db = new DatabaseSync(join(dir, 'data/events.sqlite'), { readOnly: true })
  const row = db.prepare("SELECT count(*) AS n FROM events WHERE topic = 'api.call.failure'").get()
  db.close()
  return Number(row?.['n'])
}

const rows: readonly [name: string, signal: NodeJS.Signals, exit: number][] = [
  ['SIGTERM', 'SIGTERM', 0],
  ['SIGINT', 'SIGINT', 0],
  ['a defect that nothing caught', 'SIGUSR2', 1],
]
for (const [name, signal, exit] of rows)
  test(`exit: ${name}`, async (t) => {
    const preload = join(temporaryDirectory(), 'defect.mjs')
    writeFileSync(preload, "process.on('SIGUSR2', () => { throw new Error('planted') })\n")
    const gateway = await startGateway(config, { env: { NODE_OPTIONS: `--import=${preload}` } })
    t.after(async () => {
      await gateway.kill()
      gateway.remove()
    })
    for (let at = 0; at < asked; at += 1) await ask(gateway)
    const ended = new Promise((resolve) => gateway.process.once('exit', resolve))
    gateway.process.kill(signal)
    assert.equal(await ended, exit, gateway.errors())
    assert.equal(failuresStored(gateway.dir), asked)
    assert.equal(JSON.parse(gateway.ledger('list')).length, asked)
    const verdict = JSON.parse(gateway.ledger('verify'))
    assert.deepEqual([verdict.ok, verdict.coveredThrough], [true, asked])
    if (exit === 1) assert.match(gateway.errors(), /a defect ends the gateway: Error: planted/)
  })
