import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExtension } from '../../protocol/extension.ts'
import { openaiInbound } from '../adapters/openai/adapter.ts'
import { cacheKey } from './cache-key.ts'

const base = { model: 'chat', temperature: 0, messages: [{ role: 'user', content: 'Grüße 👋' }] }
const target = { provider: 'a', model: 'm1' }

function keyOf(body: object, { tenant = 'acme', targets = [target] } = {}): string {
  const request = openaiInbound.readRequest(body)
  const extension = readExtension(body as Record<string, unknown>)
  if (!request.ok || !extension.ok) throw new Error('not a request')
  return cacheKey({ tenant, request: request.value, extension: extension.value, targets })
}

const ask = (content: unknown) => ({ ...base, messages: [{ role: 'user', content }] })

const same: readonly [name: string, body: object][] = [
  ['the same again', { ...base }],
  [
    'fields in another order',
    { messages: [{ content: 'Grüße 👋', role: 'user' }], temperature: 0, model: 'chat' },
  ],
  ['a stream that is not wanted, said so', { ...base, stream: false }],
  ['tags', { ...base, adaptive: { metadata: { team: 'x' } } }],
  ['a deadline', { ...base, adaptive: { deadline_ms: 500 } }],
  ['the cache’s own mode', { ...base, adaptive: { cache: 'write' } }],
]
for (const [name, body] of same)
  test(`cache key: ${name} makes no difference`, () => assert.equal(keyOf(body), keyOf(base)))

const other: readonly [name: string, key: string][] = [
  ['another tenant', keyOf(base, { tenant: 'globex' })],
  ['another model', keyOf({ ...base, model: 'other' })],
  ['other targets', keyOf(base, { targets: [{ provider: 'a', model: 'm2' }] })],
  ['a target more', keyOf(base, { targets: [target, { provider: 'b', model: 'm1' }] })],
  ['a preferred provider', keyOf({ ...base, adaptive: { preferred_provider: 'b' } })],
  ['an order of one’s own', keyOf({ ...base, adaptive: { model_priority_map: { b: ['m1'], a: ['m1'] } } })],
  [
    'another order of one’s own',
    keyOf({ ...base, adaptive: { model_priority_map: { a: ['m1'], b: ['m1'] } } }),
  ],
  ['another message', keyOf(ask('Grüße'))],
  ['a space more', keyOf(ask('Grüße 👋 '))],
  ['the text as parts', keyOf(ask([{ type: 'text', text: 'Grüße 👋' }]))],
  [
    'a system prompt',
    keyOf({ ...base, messages: [{ role: 'system', content: 'Be brief' }, ...base.messages] }),
  ],
  ['another temperature', keyOf({ ...base, temperature: 0.1 })],
  ['no temperature', keyOf({ model: base.model, messages: base.messages })],
  ['a seed', keyOf({ ...base, seed: 1 })],
  ['another limit', keyOf({ ...base, max_tokens: 5 })],
  ['a tool', keyOf({ ...base, tools: [{ type: 'function', function: { name: 'f' } }] })],
  ['a form for the answer', keyOf({ ...base, response_format: { type: 'json_object' } })],
  ['a field nobody here knows', keyOf({ ...base, service_tier: 'flex' })],
  ['a stream', keyOf({ ...base, stream: true })],
  ['strictness', keyOf({ ...base, adaptive: { strict: true } })],
]
for (const [name, key] of other)
  test(`cache key: ${name} is another answer`, () => assert.notEqual(key, keyOf(base)))

test('cache key: the order in which targets are drawn makes no difference', () => {
  const other = { provider: 'b', model: 'm1' }
  assert.equal(keyOf(base, { targets: [target, other] }), keyOf(base, { targets: [other, target] }))
})

test('cache key: no two of them are one', () => {
  const keys = other.map(([, key]) => key)
  assert.equal(new Set(keys).size, keys.length)
})
