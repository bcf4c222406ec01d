/** Anthropic's own client counts tokens; so does a count that would hold up a slower counter. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { serveInProcess } from './gateway-in-process.ts'

const served = await serveInProcess([{ dialect: 'openai' }])
after(() => served.close())
const sdk = new Anthropic({ baseURL: served.url, apiKey: 'none', maxRetries: 0 })
const count = async (content: string) =>
  (await sdk.messages.countTokens({ model: 'chat', messages: [{ role: 'user', content }] })).input_tokens

test('count_tokens: grows with the text, the system prompt, tools and images; nothing is called', async () => {
  const short = await count('Hello there')
  assert.ok(short >= 2 && short < 20, String(short))
  assert.ok((await count('Hello there '.repeat(100))) > 200)
  const { input_tokens: all } = await sdk.messages.countTokens({
    model: 'chat',
    system: 'You are brief.',
    tools: [{ name: 'weather', description: 'Weather of a city', input_schema: { type: 'object' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hello there' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        ],
      },
    ],
  })
  assert.ok(all > 1_000 + short, String(all))
  assert.equal(served.sandboxes[0]?.attempts.length, 0)
})

test('count_tokens: marks of the tokenizer are words', async () => {
  assert.ok((await count('a<|endoftext|>b')) > 4)
})

test('count_tokens: a model nobody knows, and a body that is wrong, in Anthropic’s envelope', async () => {
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  await assert.rejects(sdk.messages.countTokens({ model: 'no-such', messages }), Anthropic.NotFoundError)
  await assert.rejects(sdk.messages.countTokens({ model: 'chat', messages: [] }), Anthropic.BadRequestError)
  await assert.rejects(
    sdk.post('/v1/messages/count_tokens', { body: { model: 'chat', input: 'Hi' } }),
    /looks like an OpenAI Responses request/,
  )
})

test('count_tokens: unbroken text does not hold up other callers', async () => {
  let longestMs = 0
  let before = performance.now()
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - before)
    before = performance.now()
  }, 5)
  const tokens = await count('语'.repeat(80_000))
  clearInterval(timer)
  assert.ok(tokens > 40_000, String(tokens))
  assert.ok(longestMs < 1_000, `${longestMs} ms`)
})

test('count_tokens: megabytes are estimated', async () => {
  const tokens = await count('word '.repeat(1_000_000))
  assert.ok(Math.abs(tokens - 1_000_000) < 50_000, String(tokens))
})
