/** Checkpoints as the gateway makes them: when they are due, in a file of one's choice, posted elsewhere. */

import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { isSignedBy, readCheckpoint } from '../../src/record/checkpoint.ts'
import { startGateway, temporaryDirectory } from '../e2e/gateway-process.ts'
import { filledLedger, ledgerCommand, openTestLedger, recordOf, temporary } from './filled-ledger.ts'

const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n')
const texts = { initialPrompt: 'question' }

test('checkpoints: after so many entries, after some time, and at the end', async (t) => {
  const { dir, open, notary, remove } = await openTestLedger({
    checkpoints: { everyEntries: 20, everyMs: 300 },
  })
  t.after(remove)
  const file = join(dir, 'checkpoints.ndjson')
  const sizes = () => (existsSync(file) ? linesOf(file) : []).map((line) => readCheckpoint(line)?.size ?? 0)
  for (let at = 0; at < 20; at += 1) await notary.record(recordOf(), texts)
  for (let turn = 0; turn < 40 && !sizes().includes(20); turn += 1) await systemClock.sleep(25)
  await notary.record(recordOf(), texts)
  await systemClock.sleep(700)
  assert.equal(sizes().at(-1), 21)
  await notary.record(recordOf(), texts)
  await open.ledger.close()
  assert.equal(sizes().at(-1), 22)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(statSync(join(dir, 'checkpoint.key')).mode & 0o777, 0o600)
})

test('checkpoints: a line that was cut off swallows no other', async (t) => {
  const { dir, remove } = await filledLedger(12)
  t.after(remove)
  const file = join(dir, 'checkpoints.ndjson')
  appendFileSync(file, '{"journalId":"cut')
  const again = await openTestLedger({ dir })
  await again.notary.record(recordOf(), texts)
  await again.open.ledger.close()
  const verdict = JSON.parse(ledgerCommand(dir, 'verify', '--json').stdout)
  assert.deepEqual([verdict.ok, verdict.coveredThrough], [true, 13])
})

test('checkpoints: a file that cannot be written holds no entry up, and is told once', async (t) => {
  const place = temporary()
  t.after(place.remove)
  const { open, notary, problems } = await openTestLedger({
    dir: place.dir,
    checkpoints: {
      everyEntries: 2,
      everyMs: 50,
      file: join(place.dir, 'installation.key', 'checkpoints.ndjson'),
    },
  })
  for (let at = 0; at < 20; at += 1) assert.equal((await notary.record(recordOf(), texts)).ok, true)
  await systemClock.sleep(300)
  await open.ledger.close()
  assert.equal(problems.length, 1, problems.join('\n'))
  assert.match(problems[0] ?? '', /^no checkpoint can be written/)
})

test('checkpoints: a journal that begins anew beside old checkpoints says so', async (t) => {
  const old = await filledLedger(3)
  t.after(old.remove)
  const fresh = temporary()
  t.after(fresh.remove)
  const file = join(old.dir, 'checkpoints.ndjson')
  const { open, problems } = await openTestLedger({
    dir: fresh.dir,
    checkpoints: { everyEntries: 10, everyMs: 60_000, file },
  })
  await open.ledger.close()
  assert.match(problems[0] ?? '', /a new ledger begins; .* holds checkpoints of jrn_/)
})

test('checkpoints: posted to an address outside and written to a file elsewhere, signed by the key that is told', async (t) => {
  const posted: string[] = []
  const witness = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text) => {
      body += text
    })
    request.on('end', () => {
      // The first try fails: each must arrive all the same.
      response.writeHead(posted.length === 0 && !request.headers['x-seen'] && failFirst() ? 500 : 204).end()
      if (response.statusCode === 204) posted.push(body)
    })
  })
  let failures = 0
  const failFirst = () => {
    failures += 1
    return failures === 1
  }
  await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve))
  const { port } = witness.address() as AddressInfo
  const elsewhere = join(temporaryDirectory(), 'kept', 'checkpoints.ndjson')
  const gateway = await startGateway(`
providers: { gone: { dialect: openai, base_url: "http://127.0.0.1:9/v1", keys: [k], models: [m] } }
routes: { chat: { targets: [ { provider: gone, models: [m] } ] } }
attempts: { max: 1 }
ledger: { checkpoints: { every_entries: 1, file: "${elsewhere}", url: "http://127.0.0.1:${port}/notes?by=us" } }
`)
  t.after(async () => {
    await gateway.kill()
    gateway.remove()
    witness.close()
  })
  await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'x' }] }),
  })
  for (let turn = 0; turn < 80 && posted.length === 0; turn += 1) await systemClock.sleep(50)
  assert.equal(await gateway.end(), 0)
  const key = ledgerCommand(join(gateway.dir, 'data'), 'key').stdout.trim()
  const checkpoint = readCheckpoint(posted[0] ?? '')
  assert.ok(checkpoint && checkpoint.size === 1 && isSignedBy(checkpoint, key))
  assert.equal(linesOf(elsewhere)[0], posted[0])
  const verify = ledgerCommand(join(gateway.dir, 'data'), 'verify', '--checkpoints', elsewhere, '--key', key)
  assert.match(verify.stdout, /1 checkpoints fit/, verify.stderr)
})
