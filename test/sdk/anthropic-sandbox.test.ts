import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { jsonSchemaOutputFormat } from '@anthropic-ai/sdk/helpers/json-schema'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { z } from 'zod'
import { systemClock } from '../../src/base/clock.ts'
import { drain, errorOf, failOnWarnings, openSandbox, pixel } from './open-sandbox.ts'

const sandbox = await openSandbox({
  rules: [
    ...[400, 401, 403, 404, 413, 500, 529].map((status) => ({ match: { model: `fails-${status}` }, status })),
    { match: { model: 'limited' }, status: 429, headers: { 'retry-after': '7' } },
    { match: { model: 'limited-once' }, status: 429, times: 1, headers: { 'retry-after-ms': '5' } },
    ...(['error', 'cut', 'reset', 'malformed'] as const).map((how) => ({
      match: { model: `breaks-${how}` },
      after_events: 4,
      break_with: how,
    })),
    { match: { model: 'prude' }, refusal: true },
    { match: { model: 'polite' }, refusal: true, message: 'I would rather not.' },
    { match: { model: 'silent' }, stall: true },
  ],
})
const limited = await openSandbox({ more: { limits: { requests_per_minute: 1 } } })
const slow = await openSandbox({ more: { token_delay_ms: 50 } })

failOnWarnings()

const at = ({ address }: { readonly address: string }, maxRetries = 0) =>
  new Anthropic({ baseURL: address, apiKey: 'k', maxRetries })
const sdk = at(sandbox)

type Params = Omit<Anthropic.MessageCreateParamsNonStreaming, 'stream'>
const ask = (content: Anthropic.MessageParam['content'], more: Partial<Params> = {}): Params => ({
  model: 'sim',
  max_tokens: 4_096,
  messages: [{ role: 'user', content }],
  ...more,
})
const tool = (name: string, field: string): Anthropic.Tool => ({
  name,
  description: name,
  input_schema: { type: 'object', properties: { [field]: { type: 'string' } }, required: [field] },
})
const tools = [tool('weather', 'city'), tool('clock', 'zone')]
const said = 'This is a simulated answer from the sandbox to: Hello there'

/** The helper's message without what differs from call to call. */
const lasting = ({ content, stop_reason, stop_sequence, usage, model }: Anthropic.Message) =>
  JSON.parse(JSON.stringify({ content, stop_reason, stop_sequence, usage, model }))

test('anthropic client, direct: a plain answer', async () => {
  const message = await sdk.messages.create(ask('Hello there'))
  assert.deepEqual(
    [message.type, message.role, message.model, message.stop_reason],
    ['message', 'assistant', 'sim', 'end_turn'],
  )
  assert.deepEqual(message.content, [{ type: 'text', text: said }])
  assert.ok(message.usage.output_tokens > 5)
})

test('anthropic client, direct: a stream has every event in its order', async () => {
  const events = await drain(await sdk.messages.create({ ...ask('Hello there'), stream: true }))
  const kinds = events.map(({ type }) => type).join(' ')
  assert.match(
    kinds,
    /^message_start content_block_start( content_block_delta)+ content_block_stop message_delta message_stop$/,
  )
})

const alike: readonly [name: string, params: Params][] = [
  ['text', ask('Hello there')],
  ['one call', ask('Hello', { tools })],
  ['parallel calls', ask('the weather and the clock', { tools })],
  ['thinking', ask('Hello', { thinking: { type: 'enabled', budget_tokens: 1_024 } })],
  [
    'thinking and calls',
    ask('the weather and the clock', { tools, thinking: { type: 'enabled', budget_tokens: 1_024 } }),
  ],
  ['a limit', ask('Hello', { max_tokens: 3 })],
  ['a stop sequence', ask('Hello', { stop_sequences: ['sandbox'] })],
  ['a refusal in words', ask('Hello', { model: 'polite' })],
  ['a refusal by policy', ask('Hello', { model: 'prude' })],
]
for (const [name, params] of alike)
  test(`anthropic client, direct: the stream helper puts together what a whole answer says: ${name}`, async () => {
    const whole = await sdk.messages.create(params)
    const streamed = await sdk.messages.stream(params).finalMessage()
    assert.deepEqual(lasting(streamed), lasting(whole))
  })

test('anthropic client, direct: the helper tells text, thinking and signature as they come', async () => {
  const stream = sdk.messages.stream(ask('Hello', { thinking: { type: 'enabled', budget_tokens: 1_024 } }))
  const heard: string[] = []
  let text = ''
  stream.on('thinking', () => heard.push('thinking'))
  stream.on('signature', (signature) => heard.push(signature))
  stream.on('text', (delta) => {
    heard.push('text')
    text += delta
  })
  stream.on('contentBlock', (block) => heard.push(`whole ${block.type}`))
  assert.equal(text, '')
  assert.equal(await stream.finalText(), text)
  assert.deepEqual(
    heard.filter((one, nth) => one !== heard[nth - 1]),
    ['thinking', 'simulated-signature', 'whole thinking', 'text', 'whole text'],
  )
})

test('anthropic client, direct: a round trip with two calls at once, thinking returned unchanged', async () => {
  const params = ask('the weather and the clock', {
    tools,
    thinking: { type: 'enabled', budget_tokens: 1_024 },
  })
  const first = await sdk.messages.create(params)
  assert.equal(first.stop_reason, 'tool_use')
  assert.deepEqual(
    first.content.map((block) => (block.type === 'tool_use' ? [block.name, block.input] : block.type)),
    ['thinking', ['weather', { city: 'simulated' }], ['clock', { zone: 'simulated' }]],
  )
  const results = first.content.flatMap((block) =>
    block.type === 'tool_use'
      ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: `${block.name} is fine` }]
      : [],
  )
  const second = await sdk.messages.create({
    ...params,
    messages: [
      ...params.messages,
      { role: 'assistant', content: first.content },
      { role: 'user', content: results },
    ],
  })
  const last = second.content.at(-1)
  assert.equal(last?.type === 'text' && last.text, 'The tools answered: weather is fine; clock is fine')
})

test('anthropic client, direct: the tool runner goes through all turns', async () => {
  const asked: unknown[] = []
  const runner = sdk.beta.messages.toolRunner({
    model: 'sim',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'Hello' }],
    tools: [
      {
        ...tool('weather', 'city'),
        type: 'custom',
        run: (input: unknown) => {
          asked.push(input)
          return 'sunny'
        },
        parse: (input: unknown) => input,
      },
    ],
  })
  const last = await runner.runUntilDone()
  assert.deepEqual(asked, [{ city: 'simulated' }])
  assert.deepEqual(
    last.content.map((block) => block.type === 'text' && block.text),
    ['The tool answered: sunny'],
  )
})

test('anthropic client, direct: structured output is parsed, whole and streamed', async () => {
  const shape = {
    type: 'object',
    properties: { name: { type: 'string' }, count: { type: 'integer' } },
    required: ['name', 'count'],
    additionalProperties: false,
  } as const
  const byJson = await sdk.messages.parse(
    ask('Hello', { output_config: { format: jsonSchemaOutputFormat(shape) } }),
  )
  assert.deepEqual(byJson.parsed_output, { name: 'simulated', count: 1 })
  const format = zodOutputFormat(z.object({ name: z.string(), tags: z.array(z.string()) }))
  const expected = { name: 'simulated', tags: ['simulated'] }
  const byZod = await sdk.messages.parse(ask('Hello', { output_config: { format } }))
  assert.deepEqual(byZod.parsed_output, expected)
  const streamed = await sdk.messages.stream(ask('Hello', { output_config: { format } })).finalMessage()
  assert.deepEqual(streamed.parsed_output, expected)
})

test('anthropic client, direct: images by their bytes and by address', async () => {
  const message = await sdk.messages.create(
    ask([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
      { type: 'text', text: 'See' },
    ]),
  )
  assert.match(JSON.stringify(message.content), /and 2 images: See/)
})

test('anthropic client, direct: how an answer ended', async () => {
  const ends = async (more: Partial<Params>) => {
    const { stop_reason, stop_sequence } = await sdk.messages.create(ask('Hello', more))
    return [stop_reason, stop_sequence]
  }
  assert.deepEqual(await ends({ max_tokens: 3 }), ['max_tokens', null])
  assert.deepEqual(await ends({ stop_sequences: ['sandbox'] }), ['stop_sequence', 'sandbox'])
  assert.deepEqual(await ends({ model: 'prude' }), ['refusal', null])
  assert.deepEqual(await ends({ model: 'polite' }), ['refusal', null])
  const polite = await sdk.messages.create(ask('Hello', { model: 'polite' }))
  assert.deepEqual(polite.content, [{ type: 'text', text: 'I would rather not.' }])
  assert.deepEqual(polite.stop_details, { type: 'refusal', category: null, explanation: null })
})

test('anthropic client, direct: thinking is counted', async () => {
  const { usage } = await sdk.messages.create(ask('Hello', { thinking: { type: 'adaptive' } }))
  const thought = usage.output_tokens_details?.thinking_tokens ?? 0
  assert.ok(thought > 5 && thought < usage.output_tokens)
})

const errors: readonly [model: string, type: new (...args: never) => Error, status: number, says: string][] =
  [
    ['fails-400', Anthropic.BadRequestError, 400, 'invalid_request_error'],
    ['fails-401', Anthropic.AuthenticationError, 401, 'authentication_error'],
    ['fails-403', Anthropic.PermissionDeniedError, 403, 'permission_error'],
    ['fails-404', Anthropic.NotFoundError, 404, 'not_found_error'],
    ['fails-413', Anthropic.APIError, 413, 'request_too_large'],
    ['limited', Anthropic.RateLimitError, 429, 'rate_limit_error'],
    ['fails-500', Anthropic.InternalServerError, 500, 'api_error'],
    ['fails-529', Anthropic.InternalServerError, 529, 'overloaded_error'],
  ]
for (const [model, type, status, says] of errors)
  for (const isStream of [false, true])
    test(`anthropic client, direct: ${model}${isStream ? ' of a stream' : ''} is a ${type.name}`, async () => {
      const params = ask('Hello', { model })
      const error = await errorOf(
        isStream ? sdk.messages.stream(params).finalMessage() : sdk.messages.create(params),
      )
      assert.ok(error instanceof type && error instanceof Anthropic.APIError)
      assert.deepEqual([error.status, error.type], [status, says])
      if (status === 429) assert.equal(error.headers?.get('retry-after'), '7')
    })

test('anthropic client, direct: a limit that is used up tells its headers', async () => {
  const first = await at(limited).messages.create(ask('Hello')).withResponse()
  assert.equal(first.response.headers.get('anthropic-ratelimit-requests-remaining'), '0')
  const error = await errorOf(at(limited).messages.create(ask('Hello')))
  assert.ok(error instanceof Anthropic.RateLimitError)
  assert.ok(Number(error.headers?.get('retry-after')) > 50)
})

test('anthropic client, direct: the client tries again by itself after the named wait', async () => {
  const message = await at(sandbox, 1).messages.create(ask('Hello there', { model: 'limited-once' }))
  assert.equal(message.stop_reason, 'end_turn')
})

test('anthropic client, direct: an error in the middle of a stream keeps its type', async () => {
  const stream = sdk.messages.stream(ask('Hello', { model: 'breaks-error' }))
  let text = ''
  stream.on('text', (delta) => {
    text += delta
  })
  const error = await errorOf(stream.finalMessage())
  assert.ok(error instanceof Anthropic.APIError)
  assert.deepEqual([error.type, text], ['api_error', 'This is '])
})

for (const how of ['cut', 'reset', 'malformed'])
  test(`anthropic client, direct: a stream that is broken (${how}) gives no message`, async () => {
    const quiet = sdk.withOptions({ logLevel: 'off' })
    const error = await errorOf(
      quiet.messages.stream(ask('Hello', { model: `breaks-${how}` })).finalMessage(),
    )
    assert.ok(error instanceof Error)
  })

test('anthropic client, direct: who aborts is let go, before and in the middle of the answer', async () => {
  const early = new AbortController()
  const call = sdk.messages.create(ask('Hello', { model: 'silent' }), { signal: early.signal })
  await systemClock.sleep(30)
  early.abort()
  assert.ok((await errorOf(call)) instanceof Anthropic.APIUserAbortError)
  const stream = at(slow).messages.stream(ask('Hello'))
  stream.once('text', () => stream.abort())
  assert.ok((await errorOf(stream.done())) instanceof Anthropic.APIUserAbortError)
  for (let turn = 0; turn < 100 && slow.callerLeftAtMs.length === 0; turn += 1) await systemClock.sleep(20)
  assert.equal(slow.callerLeftAtMs.length, 1)
})

const wrong: readonly [name: string, params: Params, says: RegExp][] = [
  [
    'a call without its answer',
    {
      ...ask('Hello'),
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'weather', input: {} }] },
        { role: 'user', content: 'and?' },
      ],
    },
    /no answer follows the call a/,
  ],
  ['no message at all', { ...ask('Hello'), messages: [] }, /messages/],
  [
    'a result that names no call',
    ask([{ type: 'tool_result', tool_use_id: '', content: 'x' }]),
    /messages\.0\.content\.0\.tool_use_id|must name the id/,
  ],
]
for (const [name, params, says] of wrong)
  test(`anthropic client, direct: ${name} is a BadRequestError`, async () => {
    const error = await errorOf(sdk.messages.create(params))
    assert.ok(error instanceof Anthropic.BadRequestError)
    assert.match(error.message, says)
  })
