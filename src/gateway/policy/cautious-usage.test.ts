import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openaiInbound } from '../adapters/openai/adapter.ts'
import { cautiousUsage } from './cautious-usage.ts'

const text = (content: string) => ({ role: 'user', content })
const rows: readonly [name: string, body: object, is: { input: number; output: number }][] = [
  ['one word', { messages: [text('Hello')] }, { input: 9, output: 1_024 }],
  ['a limit for the answer', { messages: [text('Hello')], max_tokens: 7 }, { input: 9, output: 7 }],
  ['several answers', { messages: [text('Hello')], max_tokens: 7, n: 3 }, { input: 9, output: 21 }],
  ['a token for each character of Chinese', { messages: [text('你好世界')] }, { input: 11, output: 1_024 }],
  ['a frame for each message', { messages: [text('abc'), text('abc')] }, { input: 13, output: 1_024 }],
]
for (const [name, body, is] of rows)
  test(`cautious usage: ${name}`, () => {
    const request = openaiInbound.readRequest({ model: 'm', ...body })
    assert.deepEqual(request.ok && cautiousUsage(request.value), is)
  })
