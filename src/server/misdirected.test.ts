import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dialect } from '../protocol/chat.ts'
import { misdirected } from './misdirected.ts'

const hi = [{ role: 'user', content: 'Hi' }]
const rows: readonly [name: string, at: Dialect, body: Record<string, unknown>, says: RegExp | undefined][] =
  [
    [
      'a system prompt beside the messages',
      'openai',
      { messages: hi, system: 'Be brief' },
      /^this looks like an Anthropic request; send it to \/v1\/messages$/,
    ],
    [
      'tools with an input schema',
      'openai',
      { messages: hi, tools: [{ name: 'f', input_schema: {} }] },
      /Anthropic/,
    ],
    [
      'a tool’s result as a block',
      'openai',
      { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] },
      /Anthropic/,
    ],
    [
      'an image with a source',
      'openai',
      { messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] },
      /Anthropic/,
    ],
    ['input without messages', 'openai', { input: 'Hi' }, /Responses request; send it to \/v1\/responses/],
    ['contents', 'openai', { contents: [{ parts: [] }] }, /Gemini request; the gateway takes in/],
    ['its own body with a field nobody knows', 'openai', { messages: hi, custom: 1 }, undefined],
    ['its own tools', 'openai', { messages: hi, tools: [{ type: 'function', function: {} }] }, undefined],
    [
      'functions',
      'anthropic',
      { messages: hi, tools: [{ type: 'function', function: {} }] },
      /chat-completions request; send it to \/v1\/chat/,
    ],
    ['a tool’s message', 'anthropic', { messages: [{ role: 'tool', content: 'x' }] }, /chat-completions/],
    [
      'an image by its address',
      'anthropic',
      { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      /chat-completions/,
    ],
    ['input at Anthropic’s', 'anthropic', { input: 'Hi' }, /Responses/],
    ['its own body without a limit', 'anthropic', { messages: hi }, undefined],
    ['messages at Responses', 'responses', { messages: hi }, /chat-completions/],
    ['messages with a system prompt at Responses', 'responses', { messages: hi, system: 'x' }, /Anthropic/],
    ['contents at Responses', 'responses', { contents: [] }, /Gemini/],
    ['its own input', 'responses', { input: 'Hi', custom: 1 }, undefined],
    ['nothing of anybody’s', 'openai', {}, undefined],
    ['messages that are no list', 'openai', { messages: 'Hi' }, undefined],
  ]
for (const [name, at, body, says] of rows) {
  test(`misdirected: at ${at}, ${name}`, () => {
    const told = misdirected(body, at)
    if (says === undefined) assert.equal(told, undefined)
    else assert.match(told ?? 'nothing', says)
  })
}
