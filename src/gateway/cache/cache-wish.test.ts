import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CacheMode } from '../../config/config.ts'
import { cacheWish } from './cache-wish.ts'

interface Row {
  readonly name: string
  readonly route: CacheMode
  readonly sampled?: boolean
  readonly temperature?: number
  readonly asked?: CacheMode
  readonly is: 'off' | 'look' | 'look and store' | 'store'
}

const rows: readonly Row[] = [
  { name: 'nobody asks', route: 'off', temperature: 0, is: 'off' },
  { name: 'the route looks up and stores', route: 'write', temperature: 0, is: 'look and store' },
  { name: 'the route only looks up', route: 'read', temperature: 0, is: 'look' },
  { name: 'the route only stores', route: 'refresh', temperature: 0, is: 'store' },
  { name: 'a drawn answer is not kept', route: 'write', temperature: 0.2, is: 'off' },
  { name: 'an omitted temperature counts as above 0', route: 'write', is: 'off' },
  { name: 'the route wants drawn answers too', route: 'write', sampled: true, is: 'look and store' },
  { name: 'the caller asks for it', route: 'off', asked: 'write', is: 'look and store' },
  {
    name: 'the caller asks for a drawn answer',
    route: 'off',
    asked: 'write',
    temperature: 1,
    is: 'look and store',
  },
  { name: 'the caller wants none of it', route: 'write', temperature: 0, asked: 'off', is: 'off' },
  { name: 'the caller wants a new answer', route: 'write', temperature: 0, asked: 'refresh', is: 'store' },
]

for (const { name, route, sampled = false, temperature, asked, is } of rows)
  test(`cache wish: ${name}`, () => {
    const wish = cacheWish({ temperature }, { cache: asked }, { mode: route, sampled, ttlMs: 1_000 })
    const said = [wish?.looksUp && 'look', wish?.stores && 'store'].filter(Boolean).join(' and ')
    assert.equal(said || 'off', is)
  })
