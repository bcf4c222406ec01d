/** What the cache did so far, and how long its tiers took: counted, never kept per request. */

import type { Clock } from '../../base/clock.ts'

export type CacheTier = 'memory' | 'redis'

export interface TierStats {
  readonly hits: number
  readonly misses: number
  /** Of the last 1,000 look-ups, ms; absent before the first. */
  readonly p50Ms?: number
  readonly p99Ms?: number
}

export interface CacheStats {
  /** Requests answered from a tier or by a call they shared, of all that looked: 0 to 1; absent before the first. */
  readonly hitShare?: number
  readonly memory: TierStats & {
    readonly entries: number
    readonly bytes: number
    readonly maxBytes: number
    readonly evicted: number
  }
  /** Absent where no Redis is configured. */
  readonly redis?: TierStats & { readonly isAway: boolean }
  /** Requests that shared the call of another. */
  readonly shared: number
  /** Requests that had to call. */
  readonly called: number
  /** Answers given beyond their time because every target failed. */
  readonly stale: number
  /** Answered with the answer to other words of the same meaning; among the hits of its tier. */
  readonly similar: number
  readonly stored: number
  /** Answers that were not kept: broken, cut, of a tool, or too large. */
  readonly notKept: number
  /** Calls under way that others may share. */
  readonly flights: number
}

export interface CacheCounts {
  shared: number
  called: number
  stale: number
  similar: number
  stored: number
  notKept: number
  looked(tier: CacheTier, isHit: boolean, sinceMs: number): void
  tier(tier: CacheTier): TierStats
}

const keptTimes = 1_000

interface TierCount {
  hits: number
  misses: number
  readonly timesMs: number[]
}

export function createCacheCounts(clock: Clock): CacheCounts {
  const tiers: Record<CacheTier, TierCount> = {
    memory: { hits: 0, misses: 0, timesMs: [] },
    redis: { hits: 0, misses: 0, timesMs: [] },
  }
  return {
    shared: 0,
    called: 0,
    stale: 0,
    similar: 0,
    stored: 0,
    notKept: 0,
    looked(name, isHit, sinceMs) {
      const tier = tiers[name]
      const at = (tier.hits + tier.misses) % keptTimes
      if (isHit) tier.hits += 1
      else tier.misses += 1
      tier.timesMs[at] = clock.monoMs() - sinceMs
    },
    tier(name) {
      const { hits, misses, timesMs } = tiers[name]
      const sorted = [...timesMs].sort((one, other) => one - other)
      if (sorted.length === 0) return { hits, misses }
      return { hits, misses, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) }
    },
  }
}

function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return Math.round(value * 1_000) / 1_000
}
