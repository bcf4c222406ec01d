import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import { digestOf, makeVirtualKey } from '../../src/record/control/virtual-key.ts'
import { type ProviderPlan, type Served, serveInProcess } from './gateway-in-process.ts'
import { skipWithoutRedis, startRedis } from './redis-process.ts'

const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

async function served(plan: Partial<ProviderPlan> = {}, more?: string): Promise<Served> {
  const started = await serveInProcess([{ dialect: 'openai', ...plan }], more)
  open.push(started)
  return started
}

const calls = ({ sandboxes }: Served) => sandboxes[0]?.attempts.length ?? 0
const hello = { model: 'chat', messages: [{ role: 'user' as const, content: 'Grüße 👋' }] }

interface Sent {
  readonly status: number
  readonly text: string
  readonly replayed: string | null
  readonly headers: Headers
}

async function send(gateway: Served, key: string, body: object = hello, more: object = {}): Promise<Sent> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key, ...more },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  const { status, headers } = response
  return { status, text, replayed: headers.get('idempotent-replayed'), headers }
}

const codeOf = ({ text }: Sent) => JSON.parse(text).error.code

for (const [name, body] of [
  ['whole', hello],
  ['streamed', { ...hello, stream: true, stream_options: { include_usage: true } }],
] as const)
  test(`idempotency: the same answer to the letter, without a second call (${name})`, async () => {
    const gateway = await served()
    const first = await send(gateway, 'k1', body)
    const again = await send(gateway, 'k1', body)
    assert.equal(first.status, 200)
    assert.deepEqual([again.status, again.text, again.replayed], [200, first.text, 'true'])
    assert.equal(again.headers.get('content-type'), first.headers.get('content-type'))
    assert.equal(again.headers.get('x-request-id'), first.headers.get('x-request-id'))
    assert.equal(calls(gateway), 1)
    const other = await send(gateway, 'k2', body)
    assert.equal(other.replayed, null)
    assert.equal(calls(gateway), 2)
  })

test('idempotency: another body is refused, and so is one in flight', async () => {
  const gateway = await served({ rules: [{ times: 1, delay_ms: 400 }] })
  const running = send(gateway, 'k1')
  await until(() => calls(gateway) === 1)
  const same = await send(gateway, 'k1')
  assert.deepEqual(
    [same.status, codeOf(same), same.headers.get('retry-after')],
    [409, 'idempotency_running', '1'],
  )
  const other = await send(gateway, 'k1', { ...hello, temperature: 0 })
  assert.deepEqual([other.status, codeOf(other)], [400, 'idempotency_mismatch'])
  assert.equal((await running).status, 200)
  const late = await send(gateway, 'k1', { ...hello, temperature: 0 })
  assert.equal(late.status, 400)
  const reordered = await send(gateway, 'k1', { messages: hello.messages, model: 'chat' })
  assert.equal(reordered.replayed, 'true')
  assert.equal(calls(gateway), 1)
})

test('idempotency: the openai client, asked to try again, gets the first answer', async () => {
  const gateway = await served({ rules: [{ times: 1, delay_ms: 500 }] })
  const sdk = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'none', maxRetries: 3 })
  const options = { headers: { 'Idempotency-Key': 'sdk-1' } }
  const [one, two] = await Promise.all([
    sdk.chat.completions.create(hello, options),
    sdk.chat.completions.create(hello, options),
  ])
  assert.equal(one.id, two.id)
  assert.equal(calls(gateway), 1)
})

test('idempotency: what failed runs again', async () => {
  const gateway = await served({ rules: [{ times: 1, status: 400 }] })
  assert.equal((await send(gateway, 'k1')).status, 400)
  const again = await send(gateway, 'k1')
  assert.deepEqual([again.status, again.replayed], [200, null])
})

for (const stream of [false, true])
  test(`idempotency: who lost the connection finds the answer (${stream ? 'streamed' : 'whole'})`, async () => {
    const gateway = await served({ rules: [{ times: 1, delay_ms: 300 }], tokenDelayMs: stream ? 10 : 0 })
    const gone = new AbortController()
    const lost = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
      body: JSON.stringify({ ...hello, stream }),
      signal: gone.signal,
    }).catch(() => undefined)
    await until(() => calls(gateway) === 1)
    gone.abort()
    await lost
    await until(async () => (await send(gateway, 'k1', { ...hello, stream })).replayed === 'true')
    assert.equal(calls(gateway), 1)
    assert.equal((await gateway.ledger())[0]?.outcome, 'SUCCESS')
  })

test('idempotency: a stream that broke runs again', async () => {
  const gateway = await served(
    { rules: [{ times: 1, after_events: 2, break_with: 'reset' }] },
    'attempts: { max: 1 }',
  )
  const first = await send(gateway, 'k1', { ...hello, stream: true })
  assert.match(first.text, /"error"/)
  const again = await send(gateway, 'k1', { ...hello, stream: true })
  assert.deepEqual([again.replayed, again.text.includes('[DONE]')], [null, true])
})

test('idempotency: tenants have keys of their own', async () => {
  const [acme, globex] = [makeVirtualKey(), makeVirtualKey()]
  const gateway = await served(
    {},
    `access:
  keys:
    - { name: a, tenant: acme, digest: "sha256:${digestOf(acme)}" }
    - { name: b, tenant: globex, digest: "sha256:${digestOf(globex)}" }`,
  )
  await send(gateway, 'k1', hello, { authorization: `Bearer ${acme}` })
  const other = await send(gateway, 'k1', { ...hello, temperature: 0 }, { authorization: `Bearer ${globex}` })
  assert.deepEqual([other.status, other.replayed], [200, null])
})

test('idempotency: a key that is none is refused', async () => {
  const gateway = await served()
  const refused = await send(gateway, 'x'.repeat(300))
  assert.deepEqual([refused.status, JSON.parse(refused.text).error.param], [400, 'Idempotency-Key'])
})

test('idempotency: gateways on one Redis answer for each other', { skip: skipWithoutRedis }, async () => {
  const store = await startRedis()
  open.push(store)
  const more = `redis: { url: "${store.url}", wait_ms: 400 }`
  const [here, there] = await Promise.all([
    served({ rules: [{ times: 1, delay_ms: 300 }] }, more),
    served({}, more),
  ])
  const running = send(here, 'k1')
  await until(() => calls(here) === 1)
  assert.equal((await send(there, 'k1')).status, 409)
  const first = await running
  const again = await send(there, 'k1')
  assert.deepEqual([again.text, again.replayed], [first.text, 'true'])
  assert.equal(calls(there), 0)
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000
  while (performance.now() < endMs) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('it did not come to be')
}
