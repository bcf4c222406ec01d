import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, test } from 'node:test'
import OpenAI, { APIError, toFile } from 'openai'
import type { Batch } from 'openai/resources/batches'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { digestOf, makeVirtualKey } from '../../src/record/control/virtual-key.ts'
import type { RuleInput } from '../../src/sandbox/rules.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type GatewayProcess, startGateway, temporaryDirectory } from './gateway-process.ts'

const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

const key = makeVirtualKey()
const other = makeVirtualKey()

interface Rig {
  readonly sandbox: Sandbox
  readonly gateway: GatewayProcess
  readonly sdk: OpenAI
  start(): Promise<GatewayProcess>
}

async function rig(rules: readonly RuleInput[] = [], more = '', limits = '{}'): Promise<Rig> {
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  sandbox.setRules(rules)
  const dir = temporaryDirectory()
  const config = `providers: { p: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k] } }
routes: { chat: { targets: [ { provider: p, models: [m] } ] } }
access:
  keys:
    - { name: acme, tenant: acme, digest: "sha256:${digestOf(key)}", limits: ${limits} }
    - { name: globex, tenant: globex, digest: "sha256:${digestOf(other)}" }
${more}`
  const start = async () => {
    const gateway = await startGateway(config, { dir })
    open.push({ close: () => gateway.kill() })
    return gateway
  }
  open.push(sandbox, { close: () => rmSync(dir, { recursive: true, force: true }) })
  const gateway = await start()
  return { sandbox, gateway, start, sdk: clientOf(gateway) }
}

const clientOf = ({ url }: GatewayProcess, apiKey = key) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })

const line = (id: string, model = 'chat') =>
  JSON.stringify({
    custom_id: id,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model, messages: [{ role: 'user', content: `Grüße ${id}` }] },
  })
const many = (count: number) => Array.from({ length: count }, (_, at) => line(`c${at + 1}`))

async function begin(
  sdk: OpenAI,
  lines: readonly string[],
  metadata?: Record<string, string>,
): Promise<Batch> {
  const file = await sdk.files.create({
    file: await toFile(Buffer.from(lines.join('\n')), 'requests.jsonl'),
    purpose: 'batch',
  })
  return sdk.batches.create({
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
    ...(metadata ? { metadata } : {}),
  })
}

async function ended(sdk: OpenAI, id: string): Promise<Batch> {
  for (;;) {
    const batch = await sdk.batches.retrieve(id)
    if (['completed', 'failed', 'cancelled', 'expired'].includes(batch.status)) return batch
    await systemClock.sleep(50)
  }
}

async function linesOf(sdk: OpenAI, id: string | null | undefined) {
  const text = id ? await (await sdk.files.content(id)).text() : ''
  return text
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => JSON.parse(one))
}

async function codeOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked
    return 'answered'
  } catch (error) {
    return error instanceof APIError ? `${error.status} ${error.code}` : String(error)
  }
}

test('batches: the openai client uploads, creates, waits, and reads results and errors', async () => {
  const { sdk } = await rig()
  const batch = await begin(sdk, [line('a'), line('lost', 'nobody-knows-it'), line('b')], { team: 'x' })
  assert.match(batch.id, /^batch_/)
  assert.deepEqual(batch.metadata, { team: 'x' })
  const over = await ended(sdk, batch.id)
  assert.equal(over.status, 'completed')
  assert.deepEqual(over.request_counts, { total: 3, completed: 2, failed: 1 })
  const results = await linesOf(sdk, over.output_file_id)
  assert.deepEqual(results.map(({ custom_id: id }) => id).sort(), ['a', 'b'])
  assert.equal(results[0].response.status_code, 200)
  assert.ok(results[0].response.body.choices[0].message.content)
  const [error] = await linesOf(sdk, over.error_file_id)
  assert.deepEqual(
    [error.custom_id, error.error.code, error.response.status_code],
    ['lost', 'unknown_model', 404],
  )
  const page = await sdk.batches.list({ limit: 1 })
  assert.deepEqual(
    page.data.map(({ id }) => id),
    [batch.id],
  )
  const files: string[] = []
  for await (const file of sdk.files.list()) files.push(file.purpose)
  assert.deepEqual(files.sort(), ['batch', 'batch_output', 'batch_output'])
})

test('batches: files are kept to the byte, listed, and deleted', async () => {
  const { sdk } = await rig()
  const content = `${line('ü')}\r\n${line('👋')}`
  const file = await sdk.files.create({
    file: await toFile(Buffer.from(content), '../../ü.jsonl'),
    purpose: 'batch',
  })
  assert.deepEqual([file.bytes, file.filename, file.object], [Buffer.byteLength(content), 'ü.jsonl', 'file'])
  assert.equal(await (await sdk.files.content(file.id)).text(), content)
  assert.equal((await sdk.files.retrieve(file.id)).id, file.id)
  assert.equal((await sdk.files.delete(file.id)).deleted, true)
  assert.equal(await codeOf(sdk.files.retrieve(file.id)), '404 unknown_object')
})

const refused: readonly [name: string, lines: readonly string[], codes: readonly string[]][] = [
  ['broken lines', [line('a'), 'nonsense', '{}'], ['invalid_json_line', 'missing_custom_id']],
  ['one id twice', [line('a'), line('a')], ['duplicate_custom_id']],
  [
    'lines for another endpoint',
    [JSON.stringify({ custom_id: 'v', url: '/v1/embeddings', body: {} })],
    ['mismatched_endpoint'],
  ],
  ['no lines', ['', ' '], ['empty_file']],
]
test('batches: a file that is wrong fails whole, and every mistake is told with its line', async (t) => {
  const { sdk, sandbox } = await rig()
  for (const [name, lines, codes] of refused)
    await t.test(name, async () => {
      const over = await ended(sdk, (await begin(sdk, lines)).id)
      assert.equal(over.status, 'failed')
      assert.deepEqual(
        over.errors?.data?.map(({ code }) => code),
        codes,
      )
    })
  assert.equal(sandbox.attempts.length, 0)
})

test('batches: wrong uploads and wishes are refused by name', async () => {
  const { sdk, gateway } = await rig([], 'batch: { max_file_bytes: 2000 }')
  const upload = (text: string, purpose: 'batch' | 'assistants') =>
    toFile(Buffer.from(text), 'f.jsonl').then((file) => sdk.files.create({ file, purpose }))
  assert.equal(await codeOf(upload('x', 'assistants')), '400 invalid_request')
  assert.equal(await codeOf(upload('x'.repeat(2_001), 'batch')), '413 body_too_large')
  const wish = {
    input_file_id: 'file-none',
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  } as const
  assert.equal(await codeOf(sdk.batches.create(wish)), '404 unknown_object')
  assert.equal(
    await codeOf(sdk.batches.create({ ...wish, completion_window: '1h' as '24h' })),
    '400 invalid_request',
  )
  const plain = await fetch(`${gateway.url}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(plain.status, 415)
  const torn = await fetch(`${gateway.url}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'multipart/form-data; boundary=x' },
    body: '--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nabc',
  })
  assert.equal(torn.status, 400)
  assert.equal((await sdk.files.list()).data.length, 0)
})

test('batches: tenants see nothing of each other', async () => {
  const { sdk, gateway } = await rig()
  const batch = await begin(sdk, many(1))
  await ended(sdk, batch.id)
  const stranger = clientOf(gateway, other)
  assert.equal((await stranger.batches.list()).data.length, 0)
  assert.equal((await stranger.files.list()).data.length, 0)
  assert.equal(await codeOf(stranger.batches.retrieve(batch.id)), '404 unknown_object')
  assert.equal(await codeOf(stranger.files.content(batch.input_file_id)), '404 unknown_object')
  assert.equal(await codeOf(stranger.batches.cancel(batch.id)), '404 unknown_object')
  const wish = {
    input_file_id: batch.input_file_id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  } as const
  assert.equal(await codeOf(stranger.batches.create(wish)), '404 unknown_object')
})

test('batches: cancelled, what was done is there and nothing more is asked', async () => {
  const { sdk, sandbox } = await rig([{ delay_ms: 100 }], 'batch: { concurrency: 2 }')
  const batch = await begin(sdk, many(50))
  await until(() => sandbox.attempts.length >= 4)
  const cancelling = await sdk.batches.cancel(batch.id)
  assert.equal(cancelling.status, 'cancelling')
  const over = await ended(sdk, batch.id)
  assert.equal(over.status, 'cancelled')
  const results = await linesOf(sdk, over.output_file_id)
  assert.equal(results.length, over.request_counts?.completed)
  assert.ok(results.length >= 4 && results.length < 50)
  assert.equal(sandbox.attempts.length, results.length)
  assert.equal(await codeOf(sdk.batches.cancel(batch.id)), '409 conflict')
})

test('batches: killed and started again, a batch goes on and answers each line once', async () => {
  const made = await rig([{ delay_ms: 40 }], 'batch: { concurrency: 4 }')
  const { sandbox } = made
  const batch = await begin(made.sdk, many(60))
  await until(() => sandbox.attempts.length >= 12)
  await made.gateway.kill()
  const second = await made.start()
  await until(() => sandbox.attempts.length >= 30)
  // Asked to end, it ends at once: the rest is done by the next.
  await second.end()
  const sdk = clientOf(await made.start())
  const over = await ended(sdk, batch.id)
  assert.equal(over.status, 'completed')
  assert.deepEqual(over.request_counts, { total: 60, completed: 60, failed: 0 })
  const ids = (await linesOf(sdk, over.output_file_id)).map(({ custom_id: id }) => id)
  assert.deepEqual([ids.length, new Set(ids).size], [60, 60])
  assert.ok(sandbox.attempts.length <= 60 + 2 * 4, `${sandbox.attempts.length} calls`)
})

test('batches: held to what their key may use, and not to the rates of endpoints', async () => {
  const { sdk, sandbox } = await rig(
    [{ delay_ms: 20 }],
    'rates: { chat_per_minute: 2 }',
    '{ concurrency: 3 }',
  )
  const over = await ended(sdk, (await begin(sdk, many(12))).id)
  assert.deepEqual(over.request_counts, { total: 12, completed: 12, failed: 0 })
  assert.equal(sandbox.attempts.length, 12)
})

async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000
  while (performance.now() < endMs) {
    if (isSo()) return
    await systemClock.sleep(10)
  }
  throw new Error('it did not come to be')
}
