/** OpenAI's own client calls /v1/responses over providers of every dialect. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ChatOpenAI } from '@langchain/openai'
import OpenAI from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import { toResponseInputItems } from 'openai/lib/responses/ResponseInputItems'
import { z } from 'zod'
import type { ChatRequest } from '../../src/protocol/chat.ts'
import { simulatedAnswer } from '../../src/sandbox/answerer.ts'
import { type ProviderPlan, type SandboxDialect, type Served, serveInProcess } from './gateway-in-process.ts'

const open: Served[] = []
const warnings: string[] = []
const warn = console.warn
console.warn = (...said: unknown[]) => void warnings.push(said.join(' '))
after(async () => {
  console.warn = warn
  for (const one of open) await one.close()
})

async function serve(
  plans: readonly ProviderPlan[],
  more?: string,
): Promise<Served & { readonly sdk: OpenAI }> {
  const served = await serveInProcess(plans, more)
  open.push(served)
  return { ...served, sdk: new OpenAI({ baseURL: `${served.url}/v1`, apiKey: 'none', maxRetries: 0 }) }
}

const dialects: readonly SandboxDialect[] = ['openai', 'anthropic', 'gemini']
/** One provider that answers as it should: the same for all tests of a dialect. */
const plain = (dialect: SandboxDialect) => {
  const known = healthy.get(dialect) ?? serve([{ dialect }])
  healthy.set(dialect, known)
  return known
}
const healthy = new Map<SandboxDialect, ReturnType<typeof serve>>()

const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'weather',
  description: 'Weather of a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
}
const clock: OpenAI.Responses.FunctionTool = { ...weather, name: 'clock', description: 'Time of a city' }
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

for (const dialect of dialects) {
  test(`responses over ${dialect}: plain and streamed give the same, and the helper takes every event`, async () => {
    const { sdk } = await plain(dialect)
    const { data, response } = await sdk.responses
      .create({ model: 'chat', input: 'Hello', instructions: 'Be brief', metadata: { a: 'b' } })
      .withResponse()
    assert.match(data.output_text, /simulated answer/)
    assert.deepEqual(
      [data.status, data.object, data.model, data.instructions],
      ['completed', 'response', 'm', 'Be brief'],
    )
    assert.ok((data.usage?.input_tokens ?? 0) > 0 && (data.usage?.output_tokens ?? 0) > 0)
    assert.ok(data.created_at > 1_600_000_000)
    assert.equal(data.id, response.headers.get('x-request-id')?.replace('req_', 'resp_'))
    assert.equal(response.headers.get('x-adaptive-dropped'), null)
    const stream = sdk.responses.stream({ model: 'chat', input: 'Hello', instructions: 'Be brief' })
    const numbers: number[] = []
    let last: OpenAI.Responses.Response | undefined
    for await (const event of stream) {
      numbers.push(event.sequence_number)
      if (event.type === 'response.completed') last = event.response
    }
    assert.deepEqual(numbers, [...numbers.keys()])
    const final = await stream.finalResponse()
    assert.equal(final.output_text, data.output_text)
    assert.deepEqual(
      final.output.map((item) => ('content' in item ? item.type : item)),
      last?.output.map((item) => ('content' in item ? item.type : item)),
    )
    assert.deepEqual(final.usage, data.usage)
  })

  test(`responses over ${dialect}: a tool loop with two calls at once, the items given back as they came`, async () => {
    const { sdk } = await plain(dialect)
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Use weather and clock' }]
    for (const streamed of [false, true]) {
      const asked = { model: 'chat', input: [...input], tools: [weather, clock] }
      const output: OpenAI.Responses.ResponseOutputItem[] = streamed
        ? (await sdk.responses.stream(asked).finalResponse()).output
        : (await sdk.responses.create(asked)).output
      const calls = output.filter((item) => item.type === 'function_call')
      assert.deepEqual(
        calls.map(({ name, arguments: json, status }) => [name, json, status]),
        [
          ['weather', '{"city":"simulated"}', 'completed'],
          ['clock', '{"city":"simulated"}', 'completed'],
        ],
      )
      const outputs = calls.map(({ call_id, name }) => ({
        type: 'function_call_output' as const,
        call_id,
        output: `${name} says fine`,
      }))
      const second = await sdk.responses.create({
        ...asked,
        input: [...asked.input, ...toResponseInputItems(output), ...outputs],
      })
      assert.match(second.output_text, /says fine/)
    }
  })

  test(`responses over ${dialect}: parsed structured output`, async () => {
    const { sdk } = await plain(dialect)
    const format = zodTextFormat(z.object({ city: z.string(), degrees: z.number() }), 'report')
    const parsed = await sdk.responses.parse({ model: 'chat', input: 'Report', text: { format } })
    assert.deepEqual(parsed.output_parsed, { city: 'simulated', degrees: 1 })
    const streamed = await sdk.responses
      .stream({ model: 'chat', input: 'Report', text: { format } })
      .finalResponse()
    assert.deepEqual(streamed.output_parsed, parsed.output_parsed)
  })

  test(`responses over ${dialect}: an image and a file`, async () => {
    const { sdk } = await plain(dialect)
    const answer = await sdk.responses.create({
      model: 'chat',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', image_url: pixel, detail: 'auto' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' },
          ],
        },
      ],
    })
    assert.match(answer.output_text, /1 image/)
  })

  test(`responses over ${dialect}: thinking is a summary, and its state comes back to its provider`, async () => {
    const heard: ChatRequest[] = []
    const answerer = (request: ChatRequest) => {
      heard.push(request)
      return simulatedAnswer(request)
    }
    const { sdk } = await serve([{ dialect, answerer }])
    const asked = {
      model: 'chat',
      input: 'Think',
      reasoning: { effort: 'low', summary: 'auto' },
      max_output_tokens: 4_096,
    } as const
    const whole = await sdk.responses.create(asked)
    const final = await sdk.responses.stream(asked).finalResponse()
    const outputs: readonly OpenAI.Responses.ResponseOutputItem[][] = [whole.output, final.output]
    for (const output of outputs) {
      const thought = output.find((item) => item.type === 'reasoning')
      assert.match(thought?.summary[0]?.text ?? '', /simulated answer is due/)
      const again = await sdk.responses.create({
        ...asked,
        input: [
          { role: 'user', content: 'Think' },
          ...toResponseInputItems(output),
          { role: 'user', content: 'More' },
        ],
      })
      assert.equal(again.status, 'completed')
      const returned = heard.at(-1)?.messages[1]?.content.find(({ kind }) => kind === 'reasoning')
      // Chat completions take no thinking back.
      if (dialect === 'openai') assert.equal(returned, undefined)
      else {
        // Gemini signs the text behind the thought, which is kept as redacted thinking.
        assert.ok(returned?.kind === 'reasoning')
        assert.equal(returned.signature ?? returned.redacted, 'simulated-signature')
      }
    }
  })

  test(`responses over ${dialect}: the limit makes it incomplete`, async () => {
    const { sdk } = await plain(dialect)
    const asked = { model: 'chat', input: 'Hello', max_output_tokens: 2 }
    for (const answer of [
      await sdk.responses.create(asked),
      await sdk.responses.stream(asked).finalResponse(),
    ])
      assert.deepEqual(
        [answer.status, answer.incomplete_details],
        ['incomplete', { reason: 'max_output_tokens' }],
      )
  })

  test(`responses over ${dialect}: the first provider fails unseen`, async () => {
    const { sdk } = await serve([{ dialect: 'openai', rules: [{ status: 503 }] }, { dialect }])
    const { data, response } = await sdk.responses.create({ model: 'chat', input: 'Hello' }).withResponse()
    assert.match(data.output_text, /simulated answer/)
    assert.equal(response.headers.get('x-adaptive-provider'), 'p1')
    const streamed = await sdk.responses.stream({ model: 'chat', input: 'Hello' }).finalResponse()
    assert.equal(streamed.output_text, data.output_text)
  })

  for (const how of ['cut', 'reset', 'malformed', 'error'] as const)
    test(`responses over ${dialect}: a stream that breaks (${how}) is finished by the next provider, each word once`, async () => {
      const { sdk } = await serve([
        { dialect, models: ['first'], rules: [{ after_events: 7, break_with: how }], tokenDelayMs: 3 },
        { dialect: 'openai', models: ['second'] },
      ])
      const stream = sdk.responses.stream({ model: 'chat', input: 'Hello' })
      let created = 0
      let completed: OpenAI.Responses.Response | undefined
      for await (const event of stream) {
        if (event.type === 'response.created') created += 1
        if (event.type === 'response.completed') completed = event.response
      }
      const final = await stream.finalResponse()
      assert.equal(final.output_text, 'This is a simulated answer from the sandbox to: Hello')
      assert.deepEqual([created, final.status, final.model], [1, 'completed', 'second'])
      const adaptive = completed && 'adaptive' in completed ? completed.adaptive : undefined
      assert.match(JSON.stringify(adaptive), /"recovered_success".*"from":"p0"/)
    })
}

test('responses: a stream nobody can finish ends with an error and no success', async () => {
  const { sdk, url } = await serve([{ dialect: 'openai', rules: [{ after_events: 5 }] }])
  await assert.rejects(
    sdk.responses.stream({ model: 'chat', input: 'Hello' }).finalResponse(),
    OpenAI.APIError,
  )
  const raw = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', input: 'Hello', stream: true }),
  })
  const text = await raw.text()
  assert.match(text, /event: error\n.*\n\nevent: response\.failed\n.*"status":"failed".*\n\n$/)
  assert.doesNotMatch(text, /response\.completed/)
})

test('responses: a refusal of the model is a refusal part, whole and streamed', async () => {
  const { sdk } = await serve([
    {
      dialect: 'openai',
      answerer: ({ model }) => ({
        model,
        choices: [{ index: 0, content: [], toolCalls: [], refusal: 'I would rather not.', finish: 'stop' }],
        unsupported: [],
      }),
    },
  ])
  const whole = await sdk.responses.create({ model: 'chat', input: 'Hello' })
  const [item] = whole.output
  assert.ok(item?.type === 'message')
  assert.deepEqual(item.content, [{ type: 'refusal', refusal: 'I would rather not.' }])
})

test('responses: a streamed refusal is told as it comes', async () => {
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
  const text = `${chunk({ role: 'assistant', refusal: 'I would ' })}${chunk({ refusal: 'rather not.' })}${chunk({}, 'stop')}data: [DONE]\n\n`
  const { sdk } = await serve([{ dialect: 'openai', rules: [{ replay: { text, as: 'sse' } }] }])
  const stream = sdk.responses.stream({ model: 'chat', input: 'Hello' })
  let told = ''
  for await (const event of stream) if (event.type === 'response.refusal.delta') told += event.delta
  const [item] = (await stream.finalResponse()).output
  assert.ok(item?.type === 'message' && item.content[0]?.type === 'refusal')
  assert.deepEqual([told, item.content[0].refusal], ['I would rather not.', 'I would rather not.'])
})

test('responses: a refusal by policy is an error of the caller', async () => {
  const { sdk } = await serve([{ dialect: 'openai', rules: [{ refusal: true }] }])
  await assert.rejects(
    sdk.responses.create({ model: 'chat', input: 'Hello' }),
    (error) => error instanceof OpenAI.BadRequestError && error.code === 'content_filter',
  )
})

const errorRows: readonly [
  name: string,
  body: Record<string, unknown>,
  kind: new (...args: never[]) => Error,
  code: string,
][] = [
  ['an unknown model', { model: 'no-such', input: 'Hi' }, OpenAI.NotFoundError, 'model_not_found'],
  [
    'an earlier response',
    { model: 'chat', input: 'Hi', previous_response_id: 'resp_1' },
    OpenAI.BadRequestError,
    'invalid_request',
  ],
  [
    'work in the background',
    { model: 'chat', input: 'Hi', background: true },
    OpenAI.BadRequestError,
    'invalid_request',
  ],
  [
    'a hosted tool',
    { model: 'chat', input: 'Hi', tools: [{ type: 'web_search' }] },
    OpenAI.BadRequestError,
    'invalid_request',
  ],
]
for (const [name, body, kind, code] of errorRows) {
  test(`responses: ${name} is an error of its class, streamed too`, async () => {
    const { sdk } = await plain('openai')
    for (const stream of [false, true])
      await assert.rejects(
        sdk.post('/responses', { body: { ...body, stream } }),
        (error) => error instanceof kind && error instanceof OpenAI.APIError && error.code === code,
      )
  })
}

const statusRows: readonly [status: number, kind: new (...args: never[]) => Error][] = [
  [401, OpenAI.InternalServerError],
  [429, OpenAI.RateLimitError],
  [503, OpenAI.InternalServerError],
]
for (const [status, kind] of statusRows) {
  test(`responses: a provider’s ${status} with nobody else left`, async () => {
    const { sdk } = await serve([{ dialect: 'openai', rules: [{ status }] }])
    await assert.rejects(sdk.responses.create({ model: 'chat', input: 'Hi' }), kind)
  })
}

test('responses: what is not kept is reported and not sent', async () => {
  const { sdk } = await plain('anthropic')
  const { data, response } = await sdk.responses
    .create({
      model: 'chat',
      input: 'Hi',
      store: true,
      truncation: 'auto',
      top_logprobs: 2,
      service_tier: 'flex',
    })
    .withResponse()
  assert.deepEqual(response.headers.get('x-adaptive-dropped')?.split(',').sort(), [
    'service_tier',
    'store',
    'top_logprobs',
    'truncation',
  ])
  assert.equal('store' in data && data.store, false)
  await assert.rejects(
    sdk.post('/responses', { body: { model: 'chat', input: 'Hi', store: true, adaptive: { strict: true } } }),
    (error) => error instanceof OpenAI.BadRequestError && error.code === 'not_expressible',
  )
  await assert.rejects(
    sdk.responses.retrieve(data.id),
    (error) => error instanceof OpenAI.APIError && error.status === 501,
  )
})

test('responses: LangChain over them, plain, streamed and with a tool', async () => {
  const { url } = await plain('anthropic')
  const model = new ChatOpenAI({
    model: 'chat',
    apiKey: 'none',
    maxRetries: 0,
    useResponsesApi: true,
    configuration: { baseURL: `${url}/v1` },
  })
  const whole = await model.invoke('Hello')
  assert.match(whole.text, /simulated answer/)
  let text = ''
  for await (const chunk of await model.stream('Hello')) text += chunk.text
  assert.equal(text, whole.text)
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  const bound = model.bindTools([{ type: 'function', function: { name: 'weather', parameters } }])
  const called = await bound.invoke('Use weather')
  assert.deepEqual(
    called.tool_calls?.map(({ name, args }) => [name, args]),
    [['weather', { city: 'simulated' }]],
  )
})

test('responses: a caller who leaves ends the call', async () => {
  const { sdk, running, sandboxes } = await serve([{ dialect: 'openai', tokenDelayMs: 100 }])
  const stream = await sdk.responses.create({ model: 'chat', input: 'Hello', stream: true })
  for await (const event of stream) if (event.type === 'response.output_text.delta') break
  for (let turn = 0; turn < 40 && running() > 0; turn += 1) await pause(25)
  assert.equal(running(), 0)
  for (let turn = 0; turn < 40 && sandboxes[0]?.callerLeftAtMs.length === 0; turn += 1) await pause(25)
  assert.equal(sandboxes[0]?.callerLeftAtMs.length, 1)
  const abort = new AbortController()
  const call = sdk.responses.create({ model: 'chat', input: 'Hello', stream: true }, { signal: abort.signal })
  abort.abort()
  await assert.rejects(call, OpenAI.APIUserAbortError)
})

test('responses: the client had nothing to warn of', () => assert.deepEqual(warnings, []))
