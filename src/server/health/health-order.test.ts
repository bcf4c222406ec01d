import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOrder } from './health-order.ts'

const rows: readonly (readonly [string, 'isolate' | 'release', unknown, object | string])[] = [
  [
    'a provider',
    'isolate',
    { target: 'openai', because: 'maintenance' },
    { kind: 'isolate', target: 'openai', because: 'maintenance' },
  ],
  [
    'a model, whose name has a slash of its own, for no reason',
    'isolate',
    { target: 'openrouter/meta/llama-3' },
    { kind: 'isolate', target: 'openrouter/meta/llama-3', because: 'no reason was given' },
  ],
  [
    'a key',
    'release',
    { target: 'openai', key: 'key_3f9a' },
    { kind: 'release', target: 'openai', key: 'key_3f9a' },
  ],
  ['a key of a model', 'isolate', { target: 'openai/gpt', key: 'key_3f9a' }, 'target'],
  ['no target', 'isolate', { because: 'maintenance' }, 'target'],
  ['a model of nobody', 'isolate', { target: '/gpt' }, 'target'],
  ['a provider with an end of nothing', 'release', { target: 'openai/' }, 'target'],
  ['a reason for a release', 'release', { target: 'openai', because: 'it is well' }, ''],
  ['no object', 'isolate', undefined, ''],
]
for (const [name, kind, body, expected] of rows)
  test(`order by hand: ${name}`, () => {
    const read = readOrder(kind, body)
    assert.deepEqual(read.ok ? read.value : (read.fault.param ?? ''), expected)
  })
