import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openaiInbound } from '../adapters/openai/adapter.ts'
import type { KeyedRequest } from './cache-key.ts'
import { alike } from './semantic-key.ts'

const base = { model: 'chat', temperature: 0, messages: [{ role: 'user', content: 'What is a breaker?' }] }

function keyed(body: object, more: Partial<KeyedRequest> = {}): KeyedRequest {
  const read = openaiInbound.readRequest({ ...base, ...body })
  if (!read.ok) throw new Error(read.fault.message)
  const targets = [{ provider: 'p', model: 'm' }]
  return { tenant: 'acme', request: read.value, extension: {}, targets, ...more }
}
const settingOf = (body: object, more?: Partial<KeyedRequest>) => alike(keyed(body, more))?.setting
const user = (content: unknown) => ({ role: 'user', content })
const system = { role: 'system', content: 'Be brief.' }

const rows: readonly [name: string, body: object, more: Partial<KeyedRequest>, isAlike: boolean][] = [
  ['other words', { messages: [user('Explain breakers')] }, {}, true],
  ['text in parts', { messages: [user([{ type: 'text', text: 'Explain breakers' }])] }, {}, true],
  ['other words and another system prompt', { messages: [system, user('Explain')] }, {}, false],
  ['other sampling', { temperature: 0.2 }, {}, false],
  ['another length', { max_tokens: 5 }, {}, false],
  ['another user', { user: 'jo' }, {}, false],
  ['streamed', { stream: true }, {}, false],
  ['another tenant', {}, { tenant: 'other' }, false],
  ['other targets', {}, { targets: [{ provider: 'p', model: 'n' }] }, false],
]
for (const [name, body, more, isAlike] of rows)
  test(`semantic key: ${name}: ${isAlike ? 'may' : 'may not'} be compared`, () => {
    assert.equal(settingOf(body, more) === settingOf({}), isAlike)
  })

const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }
const never: readonly [name: string, body: object][] = [
  ['tools', { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }] }],
  ['an image', { messages: [user([{ type: 'text', text: 'What is this?' }, image])] }],
  ['an answer at the end', { messages: [user('Hello'), { role: 'assistant', content: 'Hi' }] }],
  ['an empty question', { messages: [user('  ')] }],
]
for (const [name, body] of never)
  test(`semantic key: never with ${name}`, () => {
    assert.equal(alike(keyed(body)), undefined)
  })
