import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { failOnWarnings, openSandbox } from '../open-sandbox.ts'
import { openWorld, outbounds } from './gateway-world.ts'

const sandbox = await openSandbox()
const url = await openWorld(
  outbounds.map((dialect) => ({ name: dialect, dialect, address: sandbox.address })),
)
failOnWarnings()

const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
const anthropic = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 })
const messages = [{ role: 'user' as const, content: 'the weather' }]
const shape = z.object({ name: z.string(), tags: z.array(z.string()), count: z.int() })
const made = { name: 'simulated', tags: ['simulated'], count: 1 }
const weather = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
}

for (const outbound of outbounds) {
  const model = `${outbound}/sim`

  test(`openai client over ${outbound}: parse() gives out an object of the schema, whole and streamed`, async () => {
    const response_format = zodResponseFormat(shape, 'made')
    const whole = await openai.chat.completions.parse({ model, messages, response_format })
    assert.deepEqual(whole.choices[0]?.message.parsed, made)
    const stream = openai.chat.completions.stream({ model, messages, response_format })
    let parsed: unknown
    stream.on('content.done', (done) => {
      parsed = done.parsed
    })
    assert.deepEqual((await stream.finalChatCompletion()).choices[0]?.message.parsed, made)
    assert.deepEqual(parsed, made)
  })

  for (const stream of [false, true])
    test(`openai client over ${outbound}: runTools() goes through all turns${stream ? ', streamed' : ''}`, async () => {
      const asked: unknown[] = []
      const tools = [
        {
          type: 'function' as const,
          function: {
            name: 'weather',
            description: 'the weather',
            parameters: weather,
            parse: JSON.parse,
            function(input: unknown) {
              asked.push(input)
              return 'sunny'
            },
          },
        },
      ]
      const runner = stream
        ? openai.chat.completions.runTools({ model, messages, tools, stream })
        : openai.chat.completions.runTools({ model, messages, tools })
      assert.equal(await runner.finalContent(), 'The tool answered: sunny')
      assert.deepEqual(asked, [{ city: 'simulated' }])
    })

  test(`anthropic client over ${outbound}: parse() gives out an object of the schema, whole and streamed`, async () => {
    const output_config = { format: zodOutputFormat(shape) }
    const params = { model, max_tokens: 1_000, messages, output_config }
    assert.deepEqual((await anthropic.messages.parse(params)).parsed_output, made)
    assert.deepEqual((await anthropic.messages.stream(params).finalMessage()).parsed_output, made)
  })

  for (const stream of [false, true])
    test(`anthropic client over ${outbound}: the tool runner goes through all turns${stream ? ', streamed' : ''}`, async () => {
      const asked: unknown[] = []
      const tool = {
        name: 'weather',
        type: 'custom' as const,
        input_schema: weather,
        parse: (input: unknown) => input,
        run(input: unknown) {
          asked.push(input)
          return 'sunny'
        },
      }
      const params = { model, max_tokens: 1_000, messages, tools: [tool] }
      const runner = anthropic.beta.messages.toolRunner(stream ? { ...params, stream } : params)
      const { content } = await runner.runUntilDone()
      assert.deepEqual(
        content.map((block) => (block.type === 'text' ? block.text : block.type)),
        ['The tool answered: sunny'],
      )
      assert.deepEqual(asked, [{ city: 'simulated' }])
    })
}
