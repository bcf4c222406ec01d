/** The ledger as it is read: over HTTP, by commands, as tables and lines for other programs. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { startGateway } from '../e2e/gateway-process.ts'
import { ledgerCommand, openTestLedger, recordOf, temporary } from './filled-ledger.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the test finds out.
type Json = any

const startMs = Date.UTC(2026, 0, 1)
const at = (minute: number) => new Date(startMs + minute * 60_000).toISOString()
const outcomes = ['SUCCESS', 'SUCCESS', 'FAILURE', 'SUCCESS', 'CANCELLED'] as const

/** One hundred requests, one a minute. */
const place = temporary()
process.once('exit', place.remove)
const { open, notary } = await openTestLedger({ dir: join(place.dir, 'data') })
for (let minute = 0; minute < 100; minute += 1)
  await notary.record(
    recordOf({
      atUtc: at(minute),
      outcome: outcomes[minute % 5] ?? 'SUCCESS',
      finalProvider: minute % 2 ? 'odd' : 'even',
      finalModel: `m${minute % 3}`,
      tenant: minute % 10 === 0 ? 'other' : 'default',
      metadata: { segment: minute < 50 ? 'early' : 'late', team: '=1+1' },
      usage: { input: 3, output: minute },
    }),
    { initialPrompt: `minute ${minute}, 100%_sure` },
  )
await open.ledger.close()
const gateway = await startGateway(undefined, { dir: place.dir })
test.after(() => gateway.kill())

const get = async (path: string) => {
  const answer = await fetch(gateway.url + path)
  const text = await answer.text()
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text }
}
const connected = async (host: string, port: string) => {
  const socket = connect(Number(port), host)
  await once(socket, 'connect')
  return socket
}
const list = async (query: string): Promise<Json> => JSON.parse((await get(`/v1/ledger?${query}`)).text)

const rows: readonly [query: string, expected: number][] = [
  ['limit=1000', 100],
  ['limit=1000&outcome=FAILURE', 20],
  ['limit=1000&outcome=REJECTED', 0],
  [`limit=1000&from=${at(90)}`, 10],
  [`limit=1000&to=${at(90)}`, 90],
  [`limit=1000&from=${at(10)}&to=${at(20)}&outcome=SUCCESS`, 6],
  ['limit=1000&provider=odd', 50],
  ['limit=1000&provider=odd&model=m0', 17],
  ['limit=1000&tenant=other', 10],
  ['limit=1000&segment=early', 50],
  ['limit=1000&segment=%3D1%2B1&by=team', 100],
  ['limit=1000&by=no.such%22tag&segment=x', 0],
  ['limit=1000&text=MINUTE%207', 11],
  ['limit=1000&text=0%25_s', 100],
  ['limit=1000&text=0%25s', 0],
]
for (const [query, expected] of rows)
  test(`ledger over HTTP: ${query}`, async () => assert.equal((await list(query)).data.length, expected))

test('ledger over HTTP: pages follow one another, each entry once, the newest first', async () => {
  const seen: string[] = []
  for (let next = ''; ; ) {
    const page = await list(`limit=17&outcome=SUCCESS${next && `&cursor=${next}`}`)
    seen.push(...page.data.map(({ atUtc }: Json) => atUtc))
    if (page.next === null) break
    next = page.next
  }
  assert.equal(seen.length, 60)
  assert.equal(new Set(seen).size, 60)
  assert.deepEqual(seen, [...seen].sort().reverse())
})

test('ledger over HTTP: one entry with its previews; an unknown one is 404, a wrong query 400', async () => {
  const [newest] = (await list('limit=1')).data
  const found = JSON.parse((await get(`/v1/ledger/${newest.requestId}`)).text)
  assert.deepEqual([found.entry, found.previews.initialPrompt], [newest, 'minute 99, 100%_sure'])
  const unknown = await get('/v1/ledger/req_none')
  assert.deepEqual([unknown.status, JSON.parse(unknown.text).error.code], [404, 'unknown_request'])
  assert.equal((await get('/v1/ledger?limit=x')).status, 400)
})

test('ledger over HTTP: as a table and as lines, to the last entry', async () => {
  const csv = await get('/v1/ledger?format=csv&limit=7')
  const lines = csv.text.trimEnd().split('\r\n')
  assert.match(csv.type, /^text\/csv/)
  assert.equal(lines.length, 101)
  assert.match(lines[0] ?? '', /^seq,atUtc,requestId,tenant,/)
  const ndjson = await get('/v1/ledger?format=ndjson&provider=odd')
  const entries = ndjson.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(entries.length, 50)
  assert.match(entries[0].hash, /^[0-9a-f]{64}$/)
})

test('ledger over HTTP: a request is answered while many searches still run', async () => {
  const asked = 150
  const { hostname, port } = new URL(gateway.url)
  const line = (path: string) => `GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`
  const [searching, other] = await Promise.all([connected(hostname, port), connected(hostname, port)])
  let read = ''
  const searched = () => read.split('HTTP/1.1 200 OK').length - 1
  searching.on('data', (bytes) => {
    read += bytes
  })
  searching.write(line('/v1/ledger?limit=1000&text=nowhere').repeat(asked))
  other.write(line('/health'))
  const [health] = await once(other, 'data')
  assert.match(String(health), /^HTTP\/1.1 200 OK/)
  assert.ok(searched() < asked, 'all searches came first')
  while (searched() < asked) await once(searching, 'data')
  searching.destroy()
  other.destroy()
})

test('ledger list and export: the same filters, and cells that no spreadsheet runs', () => {
  const dir = join(place.dir, 'data')
  const listed = (...args: string[]) =>
    JSON.parse(ledgerCommand(dir, 'list', '--json', '--limit', '1000', ...args).stdout).length
  assert.equal(listed('--outcome', 'FAILURE', '--from', at(50)), 10)
  assert.equal(listed('--segment', 'late', '--provider', 'even'), 25)
  assert.equal(listed('--text', 'minute 42,'), 1)
  assert.equal(ledgerCommand(dir, 'list', '--from', 'soon').status, 2)
  const csv = ledgerCommand(dir, 'export', '--format', 'csv').stdout.trimEnd().split('\n')
  assert.equal(csv.length, 101)
  assert.equal(ledgerCommand(dir, 'export', '--format', 'xml').status, 2)
  assert.match(ledgerCommand(dir, 'list', '--audits').stdout, /noted nothing/)
})

test('ledger bias: as tables and JSON; too little data is said', () => {
  const dir = join(place.dir, 'data')
  const text = ledgerCommand(dir, 'bias', '--by', 'segment').stdout
  assert.match(text, /No difference between segments is shown|Segments are treated differently/)
  assert.match(text, /100 requests were SIMULATED/)
  const report = JSON.parse(ledgerCommand(dir, 'bias', '--json').stdout)
  const length = report.means.find(
    ({ measure, segment }: Json) => measure === 'answerTokens' && segment !== report.reference,
  )
  assert.equal(length.finding, 'differs')
  assert.match(ledgerCommand(dir, 'bias', '--by', 'nothing').stdout, /Too little data/)
  assert.equal(ledgerCommand(dir, 'bias', '--correction', 'none').status, 2)
  assert.equal(ledgerCommand(dir, 'bias', '--reference', 'blue').status, 1)
})

test('events over HTTP: by topic and request; a damaged store of events holds nobody up', async (t) => {
  const other = await startGateway(`
providers: { gone: { dialect: openai, base_url: "http://127.0.0.1:9/v1", keys: [k], models: [m] } }
routes: { chat: { targets: [ { provider: gone, models: [m] } ] } }
attempts: { max: 1 }
`)
  t.after(async () => {
    await other.kill()
    other.remove()
  })
  const answer = await fetch(`${other.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'x' }] }),
  })
  assert.equal(answer.status, 502)
  const events = async (query: string): Promise<Json[]> =>
    ((await (await fetch(`${other.url}/v1/events?${query}`)).json()) as Json).data
  for (let turn = 0; turn < 40 && (await events('')).length === 0; turn += 1) await systemClock.sleep(50)
  const [failure] = await events('topic=api.call.failure')
  assert.equal(failure.requestId, answer.headers.get('x-request-id'))
  assert.ok((await events(`request=${failure.requestId}`)).length >= 2)
  assert.equal((await events('severity=CRITICAL')).length, 0)
  assert.equal(await other.end(), 0)
  const file = join(other.dir, 'data/events.sqlite')
  writeFileSync(file, 'no database '.repeat(500))
  const again = await startGateway(undefined, { dir: other.dir })
  const asked = await fetch(`${again.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'x' }] }),
  })
  assert.equal(asked.status, 200)
  await again.kill()
})
