/** What the workers of one machine share where no Redis is configured: the leader keeps limits, answers and notes. */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../../base/clock.ts'
import { done, failed } from '../../base/outcome.ts'
import { isRecord } from '../../base/text.ts'
import type { CacheConfig } from '../../config/config.ts'
import type { FarTier } from '../../gateway/cache/answer-cache.ts'
import { createMemoryTier } from '../../gateway/cache/memory-tier.ts'
import type { Claim, Spent } from '../../gateway/limits/claim.ts'
import { createMemoryLimits } from '../../gateway/limits/memory-limits.ts'
import type { SharedGrant, SharedLimits } from '../../gateway/limits/redis-limits.ts'
import type { SharedNotes } from '../../server/idempotency/idempotency.ts'
import type { Line, Question } from './ipc.ts'

export interface SharedStores {
  readonly limits: SharedLimits
  readonly far: FarTier
  readonly notes: SharedNotes
}

/** A worker's view. */
export function sharedOver(line: Line): SharedStores {
  return {
    limits: {
      async take(holder, claims) {
        const answer = await line.ask({ store: 'limits', method: 'take', args: [holder, claims] })
        return answer.ok ? done(answer.value as SharedGrant) : failed('away')
      },
      async settle(holder, claims, spent) {
        const answer = await line.ask({ store: 'limits', method: 'settle', args: [holder, claims, spent] })
        return answer.ok ? answer : failed('away')
      },
    },
    far: {
      isAway: () => false,
      async get(key) {
        const answer = await line.ask({ store: 'cache', method: 'get', args: [key] })
        return answer.ok && answer.value instanceof Uint8Array ? Buffer.from(answer.value) : undefined
      },
      set: (key, bytes) => line.tell({ store: 'cache', method: 'set', args: [key, bytes] }),
      async clear(tenant) {
        const answer = await line.ask({ store: 'cache', method: 'clear', args: [tenant] })
        return answer.ok ? Number(answer.value) : 0
      },
    },
    notes: {
      async claim(name, text, forMs) {
        const answer = await line.ask({ store: 'notes', method: 'claim', args: [name, text, forMs] })
        if (!answer.ok) return 'away'
        return typeof answer.value === 'string' ? { stands: answer.value } : {}
      },
      write: (name, text, forMs) => line.tell({ store: 'notes', method: 'write', args: [name, text, forMs] }),
      remove: (name) => line.tell({ store: 'notes', method: 'remove', args: [name] }),
    },
  }
}

export interface LeaderStores {
  /** What a worker is answered. */
  answer(question: Pick<Question, 'store' | 'method' | 'args'>): unknown
}

const notesBytes = 67_108_864

/** The leader's own. */
export function openLeaderStores(cache: CacheConfig, clock: Clock): LeaderStores {
  const limits = createMemoryLimits(clock)
  const answers = createMemoryTier({ maxBytes: cache.memoryBytes, maxEntries: cache.memoryEntries })
  const notes = new LRUCache<string, { readonly text: string; readonly untilMs: number }>({
    maxSize: notesBytes,
    sizeCalculation: ({ text }, name) => text.length + name.length,
  })
  const standing = (name: string) => {
    const note = notes.get(name)
    return note && note.untilMs > clock.monoMs() ? note.text : undefined
  }
  const write = (name: string, text: string, forMs: number) =>
    void notes.set(name, { text, untilMs: clock.monoMs() + forMs })
  const methods: Readonly<Record<string, (...args: never[]) => unknown>> = {
    'limits.take': (holder: string, claims: readonly Claim[]): SharedGrant => ({
      ...limits.take(holder, claims),
      tookAtMs: limits.nowMs(),
    }),
    'limits.settle': (holder: string, claims: readonly Claim[], spent: Spent & { tookAtMs: number }) =>
      limits.settle(holder, claims, spent),
    'cache.get': (key: string) => answers.get(key),
    'cache.set': (key: string, bytes: Uint8Array) => answers.set(key, Buffer.from(bytes)),
    'cache.clear': (tenant?: string) => answers.clear(tenant),
    'notes.claim': (name: string, text: string, forMs: number) => {
      const stands = standing(name)
      if (stands === undefined) write(name, text, forMs)
      return stands
    },
    'notes.write': write,
    'notes.remove': (name: string) => void notes.delete(name),
  }
  return {
    answer({ store, method, args }) {
      const run = methods[`${store}.${method}`]
      return isRecord(methods) && run ? run(...(args as never[])) : undefined
    },
  }
}
