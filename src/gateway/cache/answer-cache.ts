/** The cache of answers: a near tier in memory, a far one where processes share a Redis, and flights between them. */

import type { Clock } from '../../base/clock.ts'
import type { CacheConfig } from '../../config/config.ts'
import { type CacheCounts, type CacheStats, type CacheTier, createCacheCounts } from './cache-counts.ts'
import { createFlights, type Flights } from './flights.ts'
import { createMemoryTier, type MemoryTier } from './memory-tier.ts'
import { createSemanticIndex, type SemanticIndex } from './semantic-index.ts'
import { decodeAnswer, encodeAnswer, isKeepable, type StoredAnswer } from './stored-answer.ts'

/** A tier that other processes see too. Nothing in it throws, and nothing waits longer than its own bound. */
export interface FarTier {
  get(key: string): Promise<Buffer | undefined>
  /** Kept for `forMs` at most; nobody waits for it. */
  set(key: string, bytes: Buffer, forMs: number): void
  clear(tenant?: string): Promise<number>
  isAway(): boolean
}

export interface Found {
  readonly answer: StoredAnswer
  readonly tier: CacheTier
  readonly isFresh: boolean
}

/** By the call of another, by a call of its own, beyond the answer's time, or as other words of one meaning. */
export type AnsweredBy = 'shared' | 'called' | 'stale' | 'similar'

export interface AnswerCache<Head> {
  /** In memory only. */
  near(key: string): Found | undefined
  /** Where processes share one; what is found there is in memory from then on. */
  far(key: string): Promise<Found | undefined>
  /** Keeps a whole, successful answer that is not too large; others are counted and let go: false. */
  keep(key: string, answer: StoredAnswer): boolean
  /** Questions whose answers are kept, by their meaning; of this process alone. */
  readonly meanings: SemanticIndex
  readonly flights: Flights<Head>
  /** Notes how a request came to its answer where no tier had it. */
  count(way: AnsweredBy): void
  /** How many answers were taken away, of one tenant or of all. */
  clear(tenant?: string): Promise<number>
  stats(): CacheStats
}

export interface AnswerCacheParts {
  readonly config: CacheConfig
  readonly clock: Clock
  readonly far?: FarTier | undefined
}

export function createAnswerCache<Head>({ config, clock, far }: AnswerCacheParts): AnswerCache<Head> {
  const memory = createMemoryTier({ maxBytes: config.memoryBytes, maxEntries: config.memoryEntries })
  const flights = createFlights<Head>()
  const counts = createCacheCounts(clock)
  const found = (bytes: Buffer | undefined, tier: CacheTier): Found | undefined => {
    const answer = bytes && decodeAnswer(bytes)
    if (!answer) return undefined
    const nowMs = clock.wallMs()
    if (nowMs >= answer.freshUntilMs + config.staleIfErrorMs) return undefined
    return { answer, tier, isFresh: nowMs < answer.freshUntilMs }
  }
  const meanings = createSemanticIndex(config.semantic?.entries ?? 1)
  return {
    flights,
    meanings,
    near(key) {
      const sinceMs = clock.monoMs()
      const hit = found(memory.get(key), 'memory')
      if (!hit) memory.delete(key)
      counts.looked('memory', hit?.isFresh ?? false, sinceMs)
      return hit
    },
    async far(key) {
      if (!far) return undefined
      const sinceMs = clock.monoMs()
      const bytes = await far.get(key)
      const hit = found(bytes, 'redis')
      counts.looked('redis', hit?.isFresh ?? false, sinceMs)
      if (hit && bytes) memory.set(key, bytes)
      return hit
    },
    keep(key, answer) {
      const bytes = isKeepable(answer.body) ? encodeAnswer(answer) : undefined
      if (bytes === undefined || bytes.length > config.entryBytes) {
        counts.notKept += 1
        return false
      }
      counts.stored += 1
      memory.set(key, bytes)
      far?.set(key, bytes, answer.freshUntilMs + config.staleIfErrorMs - clock.wallMs())
      return true
    },
    count(way) {
      counts[way] += 1
    },
    async clear(tenant) {
      meanings.clear(tenant)
      const near = memory.clear(tenant)
      return Math.max(near, (await far?.clear(tenant)) ?? 0)
    },
    stats: () => statsOf({ config, counts, memory, far, flights }),
  }
}

interface Counted {
  readonly config: CacheConfig
  readonly counts: CacheCounts
  readonly memory: MemoryTier
  readonly far: FarTier | undefined
  readonly flights: Pick<Flights<unknown>, 'count'>
}

function statsOf({ config, counts, memory, far, flights }: Counted): CacheStats {
  const { shared, called, stale, similar, stored, notKept } = counts
  const near = counts.tier('memory')
  const redis = counts.tier('redis')
  const answered = near.hits + redis.hits + shared
  const looked = answered + called
  return {
    ...(looked === 0 ? {} : { hitShare: answered / looked }),
    memory: {
      ...near,
      entries: memory.entries(),
      bytes: memory.bytes(),
      maxBytes: config.memoryBytes,
      evicted: memory.evicted(),
    },
    ...(far ? { redis: { ...redis, isAway: far.isAway() } } : {}),
    ...{ shared, called, stale, similar, stored, notKept },
    flights: flights.count(),
  }
}
