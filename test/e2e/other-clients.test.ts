import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { HumanMessage } from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, jsonSchema, streamText, tool } from 'ai'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

let gateway: GatewayProcess
before(async () => {
  gateway = await startGateway()
})
after(async () => {
  await gateway.kill()
  gateway.remove()
})

const aiModel = () =>
  createOpenAICompatible({ name: 'adaptive', baseURL: `${gateway.url}/v1`, includeUsage: true })('chat')
const expected = 'This is a simulated answer from the sandbox to: Hello there'

test('ai: generateText', async () => {
  const { text, usage, finishReason } = await generateText({ model: aiModel(), prompt: 'Hello there' })
  assert.equal(text, expected)
  assert.equal(finishReason, 'stop')
  assert.ok((usage.outputTokens ?? 0) > 5)
})

test('ai: streamText, with usage', async () => {
  const result = streamText({ model: aiModel(), prompt: 'Hello there' })
  let text = ''
  for await (const piece of result.textStream) text += piece
  assert.equal(text, expected)
  assert.ok(((await result.usage).outputTokens ?? 0) > 5)
})

test('ai: a tool call', async () => {
  const schema = jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  })
  const { toolCalls } = await generateText({
    model: aiModel(),
    prompt: 'Hello there',
    tools: { weather: tool({ description: 'weather', inputSchema: schema }) },
  })
  assert.deepEqual(
    toolCalls.map(({ toolName, input }) => [toolName, input]),
    [['weather', { city: 'simulated' }]],
  )
})

test('langchain: invoke and stream', async () => {
  const model = new ChatOpenAI({
    model: 'chat',
    apiKey: 'none',
    maxRetries: 0,
    configuration: { baseURL: `${gateway.url}/v1` },
  })
  const whole = await model.invoke([new HumanMessage('Hello there')])
  assert.equal(whole.content, expected)
  assert.ok((whole.usage_metadata?.output_tokens ?? 0) > 5)
  let text = ''
  for await (const piece of await model.stream([new HumanMessage('Hello there')])) text += piece.content
  assert.equal(text, expected)
})
