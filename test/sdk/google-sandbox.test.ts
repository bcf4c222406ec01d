import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ApiError,
  type CallableTool,
  type Content,
  type GenerateContentParameters,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai'
import { systemClock } from '../../src/base/clock.ts'
import { drain, errorOf, failOnWarnings, openSandbox, pixel } from './open-sandbox.ts'

const statuses = [400, 401, 403, 404, 413, 429, 500, 503]
const sandbox = await openSandbox({
  rules: [
    ...statuses.map((status) => ({ match: { model: `fails-${status}` }, status })),
    { match: { model: 'limited-once' }, status: 429, times: 1 },
    ...(['error', 'cut', 'reset', 'malformed'] as const).map((how) => ({
      match: { model: `breaks-${how}` },
      after_events: 3,
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

const at = ({ address }: { readonly address: string }) =>
  new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: address } })
const { models, chats } = at(sandbox)

const ask = (
  contents: GenerateContentParameters['contents'],
  more: Partial<GenerateContentParameters> = {},
): GenerateContentParameters => ({ model: 'gemini-2.5-sim', contents, ...more })
const tool = (name: string, field: string) => ({
  name,
  parametersJsonSchema: { type: 'object', properties: { [field]: { type: 'string' } }, required: [field] },
})
const tools = [{ functionDeclarations: [tool('weather', 'city'), tool('clock', 'zone')] }]
const thinkingConfig = { includeThoughts: true, thinkingBudget: 1_024 }
const said = 'This is a simulated answer from the sandbox to: Hello there'

/** All parts of a stream's chunks, neighbouring texts joined. */
function joined(chunks: readonly GenerateContentResponse[]): readonly Part[] {
  const parts: Part[] = []
  for (const part of chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])) {
    const last = parts.at(-1)
    if (last?.text !== undefined && part.text !== undefined && last.thought === part.thought)
      parts.splice(-1, 1, { ...last, ...part, text: last.text + part.text })
    else if (part.text !== '' || part.thoughtSignature) parts.push(part)
  }
  return parts
}

test('google client, direct: a plain answer', async () => {
  const answer = await models.generateContent(ask('Hello there'))
  assert.equal(answer.text, said)
  assert.equal(answer.candidates?.[0]?.finishReason, 'STOP')
  assert.equal(answer.modelVersion, 'gemini-2.5-sim')
  assert.ok((answer.usageMetadata?.candidatesTokenCount ?? 0) > 5)
})

const alike: readonly [name: string, params: GenerateContentParameters][] = [
  ['text', ask('Hello there')],
  ['one call', ask('Hello', { config: { tools } })],
  ['parallel calls', ask('the weather and the clock', { config: { tools } })],
  ['thinking', ask('Hello', { config: { thinkingConfig } })],
  ['thinking and calls', ask('the weather and the clock', { config: { tools, thinkingConfig } })],
  ['a signed call', ask('the weather', { model: 'gemini-3-sim', config: { tools } })],
  ['a limit', ask('Hello', { config: { maxOutputTokens: 3 } })],
  ['a refusal in words', ask('Hello', { model: 'polite' })],
  ['a refusal by policy', ask('Hello', { model: 'prude' })],
]
for (const [name, params] of alike)
  test(`google client, direct: a stream says what a whole answer says: ${name}`, async () => {
    const whole = await models.generateContent(params)
    const chunks = await drain(await models.generateContentStream(params))
    assert.deepEqual(joined(chunks), joined([whole]))
    const ends = chunks.flatMap(({ candidates }) => candidates?.[0]?.finishReason ?? [])
    assert.deepEqual(ends, [whole.candidates?.[0]?.finishReason])
    assert.deepEqual(chunks.at(-1)?.usageMetadata, whole.usageMetadata)
  })

test('google client, direct: a round trip with two calls at once, signatures returned unchanged', async () => {
  const params = { model: 'gemini-3-sim', config: { tools, thinkingConfig } }
  const user: Content = { role: 'user', parts: [{ text: 'the weather and the clock' }] }
  const first = await models.generateContent({ ...params, contents: [user] })
  const calls = first.functionCalls ?? []
  assert.deepEqual(
    calls.map(({ name, args }) => [name, args]),
    [
      ['weather', { city: 'simulated' }],
      ['clock', { zone: 'simulated' }],
    ],
  )
  const turn = first.candidates?.[0]?.content
  assert.ok(turn)
  assert.ok(turn.parts?.some(({ thoughtSignature }) => thoughtSignature === 'simulated-signature'))
  const parts = calls.map(({ id, name }) => ({
    functionResponse: { ...(id ? { id } : {}), name: name ?? '', response: { output: `${name} is fine` } },
  }))
  const second = await models.generateContent({ ...params, contents: [user, turn, { role: 'user', parts }] })
  assert.equal(second.text, 'The tools answered: weather is fine; clock is fine')
})

test('google client, direct: automatic function calling goes through all turns', async () => {
  const asked: unknown[] = []
  const callable: CallableTool = {
    tool: async () => tools[0] ?? {},
    async callTool(calls) {
      asked.push(...calls.map(({ args }) => args))
      return calls.map(({ id, name }) => ({
        functionResponse: { ...(id ? { id } : {}), name: name ?? '', response: { output: 'sunny' } },
      }))
    },
  }
  const config = { tools: [callable], automaticFunctionCalling: { maximumRemoteCalls: 3 } }
  const answer = await models.generateContent(ask('Hello', { model: 'gemini-3-sim', config }))
  assert.deepEqual(asked, [{ city: 'simulated' }])
  assert.equal(answer.text, 'The tool answered: sunny')
})

test('google client, direct: a chat keeps every streamed turn', async () => {
  const chat = chats.create({ model: 'gemini-2.5-sim', config: { thinkingConfig } })
  for (const message of ['One', 'Two', 'Three']) {
    const chunks = await drain(await chat.sendMessageStream({ message }))
    assert.match(chunks.map(({ text }) => text ?? '').join(''), new RegExp(`to: ${message}$`))
  }
  const roles = chat.getHistory(true).map(({ role }) => role)
  assert.deepEqual(
    roles.filter((role, nth) => role !== roles[nth - 1]),
    ['user', 'model', 'user', 'model', 'user', 'model'],
  )
})

test('google client, direct: structured output by either kind of schema', async () => {
  const shape = { type: 'object', properties: { name: { type: 'string' }, count: { type: 'integer' } } }
  const byJson = await models.generateContent(
    ask('Hello', { config: { responseMimeType: 'application/json', responseJsonSchema: shape } }),
  )
  assert.deepEqual(JSON.parse(byJson.text ?? ''), { name: 'simulated', count: 1 })
  const responseSchema = {
    type: 'OBJECT',
    properties: { tags: { type: 'ARRAY', items: { type: 'STRING' } } },
  }
  const byOwn = await models.generateContent(
    ask('Hello', { config: { responseMimeType: 'application/json', responseSchema } }),
  )
  assert.deepEqual(JSON.parse(byOwn.text ?? ''), { tags: ['simulated'] })
})

test('google client, direct: images by their bytes and by address', async () => {
  const parts = [
    { inlineData: { mimeType: 'image/png', data: pixel } },
    { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.png' } },
    { text: 'See' },
  ]
  const answer = await models.generateContent(ask([{ role: 'user', parts }]))
  assert.match(answer.text ?? '', /and 2 images: See/)
})

test('google client, direct: thoughts stand apart from the text and are counted', async () => {
  const answer = await models.generateContent(ask('Hello there', { config: { thinkingConfig } }))
  assert.equal(answer.text, said)
  const [thought] = answer.candidates?.[0]?.content?.parts ?? []
  assert.deepEqual([thought?.thought, (thought?.text ?? '').length > 10], [true, true])
  assert.ok((answer.usageMetadata?.thoughtsTokenCount ?? 0) > 5)
})

test('google client, direct: how an answer ended', async () => {
  const ends = async (more: Partial<GenerateContentParameters>) =>
    (await models.generateContent(ask('Hello', more))).candidates?.[0]?.finishReason
  assert.equal(await ends({ config: { maxOutputTokens: 3 } }), 'MAX_TOKENS')
  assert.equal(await ends({ config: { stopSequences: ['sandbox'] } }), 'STOP')
  assert.equal(await ends({ model: 'prude' }), 'SAFETY')
})

const names: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
}
for (const status of statuses)
  for (const isStream of [false, true])
    test(`google client, direct: ${status}${isStream ? ' of a stream' : ''} is an ApiError`, async () => {
      const params = ask('Hello', { model: `fails-${status}` })
      const error = await errorOf(
        isStream ? models.generateContentStream(params) : models.generateContent(params),
      )
      assert.ok(error instanceof ApiError)
      assert.equal(error.status, status)
      const body = JSON.parse(error.message)
      assert.deepEqual([body.error.code, body.error.status], [status, names[status]])
    })

test('google client, direct: a limit that is used up names the wait in the details', async () => {
  const { models: few } = at(limited)
  await few.generateContent(ask('Hello'))
  const error = await errorOf(few.generateContent(ask('Hello')))
  assert.ok(error instanceof ApiError)
  assert.match(error.message, /google\.rpc\.RetryInfo","retryDelay":"\d+(\.\d+)?s"/)
})

test('google client, direct: the client tries again by itself where it is told to', async () => {
  const retryOptions = { attempts: 2, initialDelay: 0.01, jitter: 0 }
  const answer = await models.generateContent(
    ask('Hello there', { model: 'limited-once', config: { httpOptions: { retryOptions } } }),
  )
  assert.equal(answer.text, said)
})

test('google client, direct: an error in the middle of a stream keeps its status', async () => {
  let text = ''
  const error = await errorOf(
    (async () => {
      for await (const chunk of await models.generateContentStream(ask('Hello', { model: 'breaks-error' })))
        text += chunk.text ?? ''
    })(),
  )
  assert.ok(error instanceof ApiError)
  assert.deepEqual([error.status, text], [500, 'This is a '])
})

for (const how of ['reset', 'malformed'])
  test(`google client, direct: a stream that is broken (${how}) ends with an error`, async () => {
    const stream = models.generateContentStream(ask('Hello', { model: `breaks-${how}` }))
    assert.ok((await errorOf(stream.then(drain))) instanceof Error)
  })

test('google client, direct: a stream that is cut has no finish reason, which is all that tells', async () => {
  const chunks = await drain(await models.generateContentStream(ask('Hello', { model: 'breaks-cut' })))
  assert.ok(chunks.length > 0 && chunks.every(({ candidates }) => !candidates?.[0]?.finishReason))
})

test('google client, direct: who aborts is let go, before and in the middle of the answer', async () => {
  const early = new AbortController()
  const call = models.generateContent(
    ask('Hello', { model: 'silent', config: { abortSignal: early.signal } }),
  )
  await systemClock.sleep(30)
  early.abort()
  assert.match(String(await errorOf(call)), /abort/i)
  const late = new AbortController()
  const stream = await at(slow).models.generateContentStream(
    ask('Hello', { config: { abortSignal: late.signal } }),
  )
  const reading = (async () => {
    for await (const _chunk of stream) late.abort()
  })()
  assert.match(String(await errorOf(reading)), /abort/i)
  for (let turn = 0; turn < 100 && slow.callerLeftAtMs.length === 0; turn += 1) await systemClock.sleep(20)
  assert.equal(slow.callerLeftAtMs.length, 1)
})

const wrong: readonly [name: string, params: GenerateContentParameters, says: RegExp][] = [
  [
    'a call without its signature at a newer model',
    ask(
      [
        { role: 'user', parts: [{ text: 'Hello' }] },
        { role: 'model', parts: [{ functionCall: { name: 'weather', args: {} } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'weather', response: { output: 'x' } } }] },
      ],
      { model: 'gemini-3-sim' },
    ),
    /missing its thought_signature/,
  ],
  ['a temperature out of range', ask('Hello', { config: { temperature: 9 } }), /temperature/],
]
for (const [name, params, says] of wrong)
  test(`google client, direct: ${name} is a 400`, async () => {
    const error = await errorOf(models.generateContent(params))
    assert.ok(error instanceof ApiError && error.status === 400)
    assert.match(error.message, says)
  })
