/** Notes of idempotency keys in a Redis that processes share. */

import type { RedisLink } from '../../gateway/transport/redis-link.ts'
import type { SharedNotes } from './idempotency.ts'

export function createRedisNotes(link: RedisLink, prefix: string): SharedNotes {
  const keyOf = (name: string) => `${prefix}:idempotency:${name}`
  return {
    async claim(name, text, forMs) {
      const stands = await link.ask((redis) => redis.set(keyOf(name), text, 'PX', forMs, 'NX', 'GET'))
      if (!stands.ok) return 'away'
      return stands.value === null ? {} : { stands: String(stands.value) }
    },
    write: (name, text, forMs) => void link.ask((redis) => redis.set(keyOf(name), text, 'PX', forMs)),
    remove: (name) => void link.ask((redis) => redis.del(keyOf(name))),
  }
}
