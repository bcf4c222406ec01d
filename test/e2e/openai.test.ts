import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI, { APIError } from 'openai'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import type { SandboxFile } from '../../src/sandbox/rules.ts'
import { sandboxFileSchema } from '../../src/sandbox/rules.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

async function provider(rules: readonly object[] = [], more: Partial<SandboxFile> = {}): Promise<Sandbox> {
  const file = sandboxFileSchema.parse({ rules, ...more })
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock, file })
  open.push(sandbox)
  return sandbox
}

async function gateway(config?: string, env?: Record<string, string>): Promise<GatewayProcess> {
  const started = await startGateway(config, env ? { env } : {})
  open.push({
    async close() {
      await started.kill()
      started.remove()
    },
  })
  return started
}

const client = ({ url }: GatewayProcess) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
const hello = [{ role: 'user' as const, content: 'Hello there' }]

test('openai client: failover through three providers, streamed, and the ledger tells it', async () => {
  const dead = await provider([{ match: {}, status: 503 }])
  const limited = await provider([{ match: {}, status: 429 }])
  const well = await provider()
  const running = await gateway(`
providers:
  first:  { dialect: openai, base_url: "${dead.address}/v1", keys: [k1] }
  second: { dialect: openai, base_url: "${limited.address}/v1", keys: [k1, k2] }
  third:  { dialect: openai, base_url: "${well.address}/v1", keys: [k9] }
routes:
  chat:
    targets:
      - { provider: first, models: [m0] }
      - { provider: second, models: [m1, m2] }
      - { provider: third, models: [large] }
`)
  const stream = await client(running).chat.completions.create({
    model: 'chat',
    messages: hello,
    stream: true,
    stream_options: { include_usage: true },
  })
  let text = ''
  let usage: OpenAI.CompletionUsage | null | undefined
  const models = new Set<string>()
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? ''
    usage = chunk.usage ?? usage
    models.add(chunk.model)
  }
  assert.equal(text, 'This is a simulated answer from the sandbox to: Hello there')
  assert.deepEqual([...models], ['large'])
  assert.ok((usage?.completion_tokens ?? 0) > 5)
  assert.deepEqual(
    limited.attempts.map(({ key, model }) => `${key} ${model}`),
    ['k1 m1', 'k2 m1', 'k1 m2', 'k2 m2'],
  )
  const [entry] = JSON.parse(running.ledger('list', '--limit', '1'))
  assert.deepEqual(
    entry.attempts.map(
      (attempt: { provider: string; model: string; next: string }) =>
        `${attempt.provider}/${attempt.model} ${attempt.next}`,
    ),
    [
      'first/m0 retry',
      'first/m0 other_provider',
      'second/m1 other_key',
      'second/m1 other_model',
      'second/m2 other_key',
      'second/m2 other_provider',
      'third/large done',
    ],
  )
  assert.ok(entry.attempts.every(({ because }: { because: string }) => because.length > 10))
  assert.deepEqual([entry.outcome, entry.finalProvider, entry.finalModel], ['SUCCESS', 'third', 'large'])
  assert.equal(entry.usage.output, usage?.completion_tokens)
})

test('openai client: plain, tools, JSON schema, image, models, errors, abort', async (t) => {
  const running = await gateway()
  const sdk = client(running)
  await t.test('plain, and the entry is there when the answer is', async () => {
    const { data, response } = await sdk.chat.completions
      .create({ model: 'chat', messages: hello })
      .withResponse()
    assert.match(data.choices[0]?.message.content ?? '', /simulated answer/)
    const id = response.headers.get('x-request-id')
    assert.equal(JSON.parse(running.ledger('show', id ?? '')).requestId, id)
    assert.equal(response.headers.get('x-adaptive-simulated'), 'true')
  })
  await t.test('a tool round trip', async () => {
    const tools = [
      {
        type: 'function' as const,
        function: {
          name: 'weather',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
    ]
    const first = await sdk.chat.completions.create({ model: 'chat', messages: hello, tools })
    const call = first.choices[0]?.message.tool_calls?.[0]
    assert.ok(call?.type === 'function')
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'simulated' })
    const reply = first.choices[0]?.message
    assert.ok(reply)
    const second = await sdk.chat.completions.create({
      model: 'chat',
      messages: [...hello, reply, { role: 'tool', tool_call_id: call.id, content: 'sunny' }],
      tools,
    })
    assert.equal(second.choices[0]?.message.content, 'The tool answered: sunny')
  })
  await t.test('streamed tool calls, put together by the SDK', async () => {
    const runner = sdk.chat.completions.stream({
      model: 'chat',
      messages: hello,
      tools: [
        {
          type: 'function',
          function: { name: 'a', parameters: { type: 'object', properties: { x: { type: 'integer' } } } },
        },
      ],
    })
    const done = await runner.finalChatCompletion()
    const call = done.choices[0]?.message.tool_calls?.[0]
    assert.equal(call?.type === 'function' && call.function.arguments, '{"x":1}')
  })
  await t.test('a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: { n: { type: 'integer' } },
      required: ['n'],
      additionalProperties: false,
    }
    const answer = await sdk.chat.completions.create({
      model: 'chat',
      messages: hello,
      response_format: { type: 'json_schema', json_schema: { name: 'one', strict: true, schema } },
    })
    assert.deepEqual(JSON.parse(answer.choices[0]?.message.content ?? ''), { n: 1 })
  })
  await t.test('an image part', async () => {
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
    const answer = await sdk.chat.completions.create({
      model: 'chat',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'See' }, image] }],
    })
    assert.match(answer.choices[0]?.message.content ?? '', /1 image/)
  })
  await t.test('models', async () => {
    const ids = (await sdk.models.list()).data.map(({ id }) => id)
    assert.deepEqual(ids, ['chat', 'sandbox/small', 'sandbox/large', 'sandbox/analyst'])
    assert.equal((await sdk.models.retrieve('chat')).id, 'chat')
  })
  await t.test('errors have the SDK’s own classes', async () => {
    const notFound = await sdk.chat.completions
      .create({ model: 'nobody', messages: hello })
      .catch((error) => error)
    assert.ok(notFound instanceof OpenAI.NotFoundError)
    assert.equal(notFound.code, 'model_not_found')
    const bad = await sdk.chat.completions.create({ model: 'chat', messages: [] }).catch((error) => error)
    assert.ok(bad instanceof OpenAI.BadRequestError)
    assert.equal(bad.param, 'messages')
    const missing = await sdk.audio.speech
      .create({ model: 'm', voice: 'alloy', input: 'x' })
      .catch((error) => error)
    assert.equal(missing instanceof APIError && missing.status, 501)
  })
})

test('openai client: a caller who aborts a stream closes the provider’s socket within 250 ms', async () => {
  const slow = await provider([], { token_delay_ms: 100 })
  const running = await gateway(`
providers: { slow: { dialect: openai, base_url: "${slow.address}/v1", keys: [k] } }
routes: { chat: { targets: [ { provider: slow, models: [m] } ] } }
`)
  const abort = new AbortController()
  const stream = await client(running).chat.completions.create(
    { model: 'chat', messages: hello, stream: true },
    { signal: abort.signal },
  )
  let leftAtMs = 0
  for await (const _chunk of stream) {
    leftAtMs = systemClock.monoMs()
    abort.abort()
  }
  await systemClock.sleep(400)
  assert.equal(slow.callerLeftAtMs.length, 1)
  assert.ok((slow.callerLeftAtMs[0] ?? 0) - leftAtMs < 250)
  assert.equal(JSON.parse(running.ledger('list'))[0].outcome, 'CANCELLED')
})

test('SIGTERM with streams running: they finish, the ledger is complete, exit code 0', async () => {
  const slow = await provider([], { token_delay_ms: 40 })
  const running = await gateway(`
providers: { slow: { dialect: openai, base_url: "${slow.address}/v1", keys: [k] } }
routes: { chat: { targets: [ { provider: slow, models: [m] } ] } }
`)
  const sdk = client(running)
  const streams = await Promise.all(
    Array.from({ length: 10 }, () =>
      sdk.chat.completions.create({ model: 'chat', messages: hello, stream: true }),
    ),
  )
  const exit = running.end()
  const texts = await Promise.all(
    streams.map(async (stream) => {
      let text = ''
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
      return text
    }),
  )
  assert.deepEqual(new Set(texts), new Set(['This is a simulated answer from the sandbox to: Hello there']))
  assert.equal(await exit, 0)
  const outcomes = JSON.parse(running.ledger('list')).map(({ outcome }: { outcome: string }) => outcome)
  assert.deepEqual(outcomes, Array(10).fill('SUCCESS'))
})

test('a killed process: answered requests are there, the one in flight is UNKNOWN_CRASH, the chain is whole', async () => {
  const slow = await provider([{ match: { model: 'stuck' }, stall: true }])
  const config = `
providers: { slow: { dialect: openai, base_url: "${slow.address}/v1", keys: [k] } }
routes: { chat: { targets: [ { provider: slow, models: [m] } ] } }
`
  const running = await gateway(config)
  const sdk = client(running)
  for (let i = 0; i < 3; i += 1) await sdk.chat.completions.create({ model: 'chat', messages: hello })
  const stuck = sdk.chat.completions.create({ model: 'slow/stuck', messages: hello }).catch(() => 'gone')
  await systemClock.sleep(200)
  await running.kill()
  await stuck
  const again = await startGateway(config, { dir: running.dir })
  assert.match(again.errors(), /1 requests were running/)
  const outcomes = JSON.parse(again.ledger('list')).map(({ outcome }: { outcome: string }) => outcome)
  assert.deepEqual(outcomes, ['UNKNOWN_CRASH', 'SUCCESS', 'SUCCESS', 'SUCCESS'])
  assert.equal(JSON.parse(again.ledger('verify')).ok, true)
  assert.equal(await again.end(), 0)
})
