import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheSchema } from '../../config/serving-schema.ts'
import { createMemoryTier } from './memory-tier.ts'

test('memory tier: never holds more bytes than it may, and lets go what was used longest ago', () => {
  const tier = createMemoryTier({ maxBytes: 1_000, maxEntries: 100 })
  for (let at = 0; at < 50; at += 1) {
    tier.set(`acme:${at}`, Buffer.alloc(200))
    tier.get('acme:0')
    assert.ok(tier.bytes() <= 1_000, `${tier.bytes()} bytes`)
  }
  assert.ok(tier.get('acme:0'))
  assert.equal(tier.get('acme:1'), undefined)
  assert.equal(tier.evicted(), 50 - tier.entries())
})

test('memory tier: 60 MB of answers stay within the default of 20 MB', () => {
  const { memory_bytes: maxBytes, memory_entries: maxEntries } = cacheSchema.parse(undefined)
  const tier = createMemoryTier({ maxBytes, maxEntries })
  let most = 0
  for (let at = 0; at < 3_000; at += 1) {
    tier.set(`acme:${at}`, Buffer.alloc(20_000))
    most = Math.max(most, tier.bytes())
  }
  assert.equal(maxBytes, 20 * 1_048_576)
  assert.ok(most <= maxBytes && most > maxBytes * 0.99, `${most} bytes`)
})

test('memory tier: an answer larger than everything is not kept and drives nothing out', () => {
  const tier = createMemoryTier({ maxBytes: 1_000, maxEntries: 100 })
  tier.set('acme:a', Buffer.alloc(10))
  tier.set('acme:b', Buffer.alloc(2_000))
  assert.equal(tier.get('acme:b'), undefined)
  assert.ok(tier.get('acme:a'))
})

test('memory tier: bounded in number too', () => {
  const tier = createMemoryTier({ maxBytes: 1_000, maxEntries: 3 })
  for (const key of ['a', 'b', 'c', 'd']) tier.set(`acme:${key}`, Buffer.alloc(1))
  assert.equal(tier.entries(), 3)
})

test('memory tier: clears one tenant and no other', () => {
  const tier = createMemoryTier({ maxBytes: 1_000, maxEntries: 10 })
  for (const key of ['acme:a', 'acme:b', 'acme-2:a', 'globex:a']) tier.set(key, Buffer.alloc(1))
  assert.equal(tier.clear('acme'), 2)
  assert.equal(tier.entries(), 2)
  assert.equal(tier.clear(), 2)
  assert.equal(tier.bytes(), 0)
})
