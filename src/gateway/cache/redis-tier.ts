/** The far tier: answers in a Redis that processes share, each under its own time to live. */

import { Buffer } from 'node:buffer'
import type { RedisLink } from '../transport/redis-link.ts'
import type { FarTier } from './answer-cache.ts'

/** Names looked at in one step of clearing. */
const scanStep = 500

export function createRedisTier(link: RedisLink, prefix: string): FarTier {
  const nameOf = (key: string) => `${prefix}:answer:${key}`
  return {
    isAway: link.isAway,
    async get(key) {
      const got = await link.ask((redis) => redis.getBuffer(nameOf(key)))
      return got.ok && Buffer.isBuffer(got.value) ? got.value : undefined
    },
    set(key, bytes, forMs) {
      const lifeMs = Math.max(1, Math.ceil(forMs))
      void link.ask((redis) => redis.set(nameOf(key), bytes, 'PX', lifeMs))
    },
    async clear(tenant) {
      const pattern = nameOf(tenant === undefined ? '*' : `${literal(tenant)}:*`)
      let cursor = '0'
      let cleared = 0
      do {
        const step = await link.ask((redis) => redis.scan(cursor, 'MATCH', pattern, 'COUNT', scanStep))
        if (!step.ok) return cleared
        const [next, names] = step.value
        cursor = next
        if (names.length === 0) continue
        const gone = await link.ask((redis) => redis.unlink(...names))
        if (gone.ok) cleared += gone.value
      } while (cursor !== '0')
      return cleared
    },
  }
}

/** Marks of a pattern stand for themselves. */
const literal = (text: string) => text.replace(/[\\*?[\]]/g, '\\$&')
