/** Clients of OpenAI, LangChain and Google ask for vectors: over the gateway, and of the sandbox itself. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { GoogleGenAI } from '@google/genai'
import { OpenAIEmbeddings } from '@langchain/openai'
import OpenAI from 'openai'
import { type ProviderPlan, type Served, serveInProcess } from './gateway-in-process.ts'

const open: Served[] = []
after(async () => {
  for (const one of open) await one.close()
})

async function serve(plans: readonly ProviderPlan[], more?: string) {
  const served = await serveInProcess(plans, more)
  open.push(served)
  const post = async (body: unknown) => {
    const answer = await fetch(`${served.url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  return { ...served, post, sdk: new OpenAI({ baseURL: `${served.url}/v1`, apiKey: 'none', maxRetries: 0 }) }
}

const cosine = (one: readonly number[] = [], other: readonly number[] = []) =>
  one.reduce((sum, number, at) => sum + number * (other[at] ?? 0), 0)

for (const dialect of ['openai', 'gemini'] as const) {
  test(`embeddings over ${dialect}: one text, several, base64 and numbers are the same vectors`, async () => {
    const { sdk, ledger } = await serve([{ dialect, models: ['embed'] }])
    const input = ['a red fox', 'a red wolf', 'stock market report']
    const { data, response } = await sdk.embeddings
      .create({ model: 'chat', input, dimensions: 64 })
      .withResponse()
    assert.deepEqual(
      data.data.map(({ index, embedding }) => [index, embedding.length]),
      [
        [0, 64],
        [1, 64],
        [2, 64],
      ],
    )
    assert.equal(response.headers.get('x-adaptive-simulated'), 'true')
    assert.ok(data.usage.prompt_tokens > 0)
    const [fox, wolf, report] = data.data.map(({ embedding }) => embedding)
    assert.ok(cosine(fox, wolf) > cosine(fox, report))
    const numbers = await sdk.embeddings.create({
      model: 'chat',
      input,
      dimensions: 64,
      encoding_format: 'float',
    })
    for (const [at, { embedding }] of numbers.data.entries())
      assert.deepEqual(embedding.map(Math.fround), data.data[at]?.embedding)
    const single = await sdk.embeddings.create({ model: 'chat', input: 'a red fox', dimensions: 64 })
    assert.deepEqual(single.data[0]?.embedding, fox)
    const [entry] = await ledger()
    assert.ok(entry)
    assert.deepEqual(
      [
        entry.dialect,
        entry.outcome,
        entry.finalProvider,
        entry.finalModel,
        entry.totalApiCalls,
        entry.simulated,
      ],
      ['embeddings', 'SUCCESS', 'p0', 'embed', 1, true],
    )
    if (dialect === 'openai') assert.ok((entry.usage?.input ?? 0) > 0)
  })
}

test('embeddings: LangChain, documents in batches and a query', async () => {
  const { url } = await serve([{ dialect: 'openai', models: ['embed'] }])
  const langchain = new OpenAIEmbeddings({
    model: 'chat',
    apiKey: 'none',
    maxRetries: 0,
    batchSize: 2,
    configuration: { baseURL: `${url}/v1` },
  })
  const documents = await langchain.embedDocuments(['one fish', 'two fish', 'red fish'])
  assert.deepEqual(
    documents.map((vector) => vector.length),
    [256, 256, 256],
  )
  assert.deepEqual(await langchain.embedQuery('two fish'), documents[1])
})

test('embeddings: Google’s own client at the sandbox, one text and many', async () => {
  const { sandboxes, sdk } = await serve([{ dialect: 'gemini', models: ['embed'] }])
  const google = new GoogleGenAI({ apiKey: 'k1', httpOptions: { baseUrl: sandboxes[0]?.address ?? '' } })
  const direct = await google.models.embedContent({
    model: 'embed',
    contents: ['one fish', 'two fish'],
    config: { outputDimensionality: 16 },
  })
  const vectors = direct.embeddings?.map(({ values }) => values)
  assert.deepEqual(
    vectors?.map((vector) => vector?.length),
    [16, 16],
  )
  const over = await sdk.embeddings.create({
    model: 'chat',
    input: ['one fish', 'two fish'],
    dimensions: 16,
    encoding_format: 'float',
  })
  assert.deepEqual(
    over.data.map(({ embedding }) => embedding),
    vectors,
  )
})

test('embeddings: OpenAI’s own client at the sandbox, with its error classes', async () => {
  const { sandboxes } = await serve([{ dialect: 'openai', rules: [{ status: 429, times: 1 }] }])
  const direct = new OpenAI({ baseURL: `${sandboxes[0]?.address}/v1`, apiKey: 'k', maxRetries: 0 })
  await assert.rejects(direct.embeddings.create({ model: 'm', input: 'Hi' }), OpenAI.RateLimitError)
  const { data, response } = await direct.embeddings.create({ model: 'm', input: 'Hi' }).withResponse()
  assert.equal(response.headers.get('x-simulated'), 'true')
  const length = Math.hypot(...(data.data[0]?.embedding ?? []))
  assert.ok(Math.abs(length - 1) < 1e-5, String(length))
})

test('embeddings: more inputs than one call takes are split, in order, and summed', async () => {
  const { sdk, sandboxes, ledger } = await serve([{ dialect: 'openai', yaml: 'max_embedding_inputs: 2' }])
  const input = ['a', 'b', 'c', 'd', 'e']
  const all = await sdk.embeddings.create({ model: 'chat', input })
  const single = await sdk.embeddings.create({ model: 'chat', input: 'e' })
  assert.deepEqual(all.data[4]?.embedding, single.data[0]?.embedding)
  assert.equal(all.data.length, 5)
  assert.equal(sandboxes[0]?.attempts.length, 4)
  assert.deepEqual([(await ledger())[1]?.totalApiCalls, (await ledger())[1]?.usage?.input], [3, 5])
})

test('embeddings: after a fault in the middle the rest alone goes to the next key, then to the next provider', async () => {
  const { sdk, sandboxes, ledger } = await serve([
    {
      dialect: 'openai',
      models: ['vendor/embed'],
      keys: ['k1', 'k2'],
      yaml: 'max_embedding_inputs: 1',
      rules: [
        { match: { key: 'k1' }, times: 1 },
        { match: { key: 'k1' }, status: 429 },
        { match: { key: 'k2' }, status: 401 },
      ],
    },
    { dialect: 'gemini', models: ['embed'] },
  ])
  const asked = { input: ['a', 'b', 'c'], dimensions: 8, encoding_format: 'float' as const }
  const answer = await sdk.embeddings.create({ ...asked, model: 'chat' })
  const [entry] = await ledger()
  assert.deepEqual(
    entry?.attempts.map(({ provider, fault }) => `${provider} ${fault?.class ?? 'ok'}`),
    ['p0 ok', 'p0 rate_limit', 'p0 auth', 'p1 ok'],
  )
  assert.equal(entry?.attempts[0]?.because, '1 of 3 inputs are answered')
  sandboxes[0]?.setRules([])
  const direct = new OpenAI({ baseURL: `${sandboxes[0]?.address}/v1`, apiKey: 'k', maxRetries: 0 })
  const first = await direct.embeddings.create({ ...asked, model: 'vendor/embed' })
  const rest = await sdk.embeddings.create({ ...asked, model: 'p1/embed' })
  assert.deepEqual(
    answer.data.map(({ embedding }) => embedding),
    [first.data[0], rest.data[1], rest.data[2]].map((row) => row?.embedding),
  )
})

test('embeddings: another model is never tried, and the entry says why', async () => {
  const { post, sandboxes, ledger } = await serve([
    { dialect: 'openai', models: ['embed-small'], rules: [{ status: 503 }] },
    { dialect: 'openai', models: ['embed-large'] },
  ])
  const { status, text } = await post({ model: 'chat', input: 'Hi' })
  assert.equal(status, 503, text)
  assert.equal(sandboxes[1]?.attempts.length, 0)
  const [entry] = await ledger()
  assert.deepEqual(
    [entry?.outcome, entry?.plan?.leftOut[0]?.because],
    ['FAILURE', 'its vectors are not those of embed-small'],
  )
})

test('embeddings: vectors of one answer are of one model even where the route may mix', async () => {
  const served = await serveInProcess(
    [
      { dialect: 'openai', models: ['embed-small'], yaml: 'max_embedding_inputs: 1' },
      { dialect: 'openai', models: ['embed-large'] },
    ],
    '    vectors: any\nattempts: { base_ms: 1, max_ms: 5 }',
  )
  open.push(served)
  const sdk = new OpenAI({ baseURL: `${served.url}/v1`, apiKey: 'none', maxRetries: 0 })
  const [first, second] = served.sandboxes
  const many = ['a', 'b', 'c']
  // The first call is answered, every later one fails.
  first?.setRules([{ times: 1 }, { status: 503 }])
  const answer = await sdk.embeddings.create({ model: 'chat', input: many })
  const calls = second?.attempts.length
  assert.deepEqual([answer.model, answer.data.length, calls], ['embed-large', 3, 1])
  const direct = new OpenAI({ baseURL: `${second?.address}/v1`, apiKey: 'k', maxRetries: 0 })
  const expected = await direct.embeddings.create({ model: 'embed-large', input: many })
  assert.deepEqual(
    answer.data.map(({ embedding }) => embedding),
    expected.data.map(({ embedding }) => embedding),
  )
})

test('embeddings: a provider that ignores the wanted length is passed over', async () => {
  const body = JSON.stringify({
    object: 'list',
    model: 'embed',
    data: [{ object: 'embedding', index: 0, embedding: [1, 2, 3] }],
  })
  const { sdk, ledger } = await serve([
    { dialect: 'openai', models: ['embed'], rules: [{ body }] },
    { dialect: 'openai', models: ['embed'] },
  ])
  const answer = await sdk.embeddings.create({ model: 'chat', input: 'Hi', dimensions: 8 })
  assert.equal(answer.data[0]?.embedding.length, 8)
  assert.equal((await ledger())[0]?.finalProvider, 'p1')
})

test('embeddings: token lists go to who takes them', async () => {
  const { sdk, ledger } = await serve([
    { dialect: 'gemini', models: ['embed'] },
    { dialect: 'openai', models: ['embed'] },
  ])
  const answer = await sdk.embeddings.create({ model: 'chat', input: [[1, 2, 3], [4]] })
  assert.equal(answer.data.length, 2)
  assert.deepEqual(
    [(await ledger())[0]?.finalProvider, (await ledger())[0]?.plan?.leftOut[0]?.because],
    ['p1', 'it takes texts and no tokens'],
  )
})

test('embeddings: a broken, silent or odd provider is left for the next', async () => {
  for (const rule of [{ reset: true }, { body: '<html>' }, { body: '{"data":[]}' }, { after_events: 0 }]) {
    const { sdk, ledger } = await serve([
      { dialect: 'openai', models: ['embed'], rules: [rule] },
      { dialect: 'openai', models: ['embed'] },
    ])
    await sdk.embeddings.create({ model: 'chat', input: 'Hi' })
    assert.deepEqual([(await ledger())[0]?.finalProvider, (await ledger())[0]?.outcome], ['p1', 'SUCCESS'])
  }
})

test('embeddings: circuits are those of chats', async () => {
  const { post, sandboxes } = await serve(
    [{ dialect: 'openai', models: ['embed'], rules: [{ status: 503 }] }],
    'attempts: { base_ms: 1, max_ms: 5 }\nbreaker: { trip_after: 2 }',
  )
  await post({ model: 'chat', input: 'Hi' })
  const before = sandboxes[0]?.attempts.length
  const { status, headers } = await post({ model: 'chat', input: 'Hi' })
  assert.equal(status, 503)
  assert.ok(Number(headers.get('retry-after')) > 0)
  assert.equal(sandboxes[0]?.attempts.length, before)
})

const refusedRows: readonly [name: string, body: unknown, status: number, says: RegExp][] = [
  [
    'no target that has any',
    { model: 'chat', input: 'Hi' },
    501,
    /no target gives these embeddings: p0\/m: its dialect has no embeddings/,
  ],
  ['an unknown model', { model: 'no-such', input: 'Hi' }, 404, /model_not_found/],
  ['no input', { model: 'chat' }, 400, /"param":"input"/],
  ['a chat', { model: 'chat', messages: [] }, 400, /send it to \/v1\/chat\/completions/],
]
for (const [name, body, status, says] of refusedRows) {
  test(`embeddings: ${name} is refused in OpenAI’s envelope`, async () => {
    const { post } = await serve([{ dialect: 'anthropic' }])
    const answer = await post(body)
    assert.equal(answer.status, status)
    assert.match(answer.text, says)
    assert.match(answer.text, /^\{"error":\{"message":/)
  })
}

test('embeddings: a caller who leaves ends the call', async () => {
  const { sdk, sandboxes, running } = await serve([{ dialect: 'openai', rules: [{ stall: true }] }])
  const abort = new AbortController()
  const call = sdk.embeddings.create({ model: 'chat', input: 'Hi' }, { signal: abort.signal })
  const refused = assert.rejects(call, OpenAI.APIUserAbortError)
  while (sandboxes[0]?.attempts.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  abort.abort()
  await refused
  for (let turn = 0; turn < 40 && (running() > 0 || sandboxes[0]?.callerLeftAtMs.length === 0); turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 25))
  assert.deepEqual([running(), sandboxes[0]?.callerLeftAtMs.length], [0, 1])
})
