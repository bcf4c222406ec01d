/** Quantiles of the latest values: two digests, of which the older is let go when the newer is full. */

import { TDigest } from 'tdigest'
import type { LearnedQuantiles } from '../../protocol/learning.ts'

export interface Quantiles {
  push(ms: number): void
  /** Over the last 500 to 1,000 values; undefined before the first. */
  read(): LearnedQuantiles | undefined
  save(): SavedQuantiles
}

type Centroid = readonly [mean: number, count: number]

export interface SavedQuantiles {
  readonly older: readonly Centroid[]
  readonly newer: readonly Centroid[]
}

/** Values that fill a digest. */
const full = 500

export function openQuantiles(saved?: SavedQuantiles): Quantiles {
  let older = digestOf(saved?.older ?? [])
  let newer = digestOf(saved?.newer ?? [])
  let held = (saved?.newer ?? []).reduce((sum, [, count]) => sum + count, 0)
  return {
    push(ms) {
      newer.push(ms)
      held += 1
      if (held < full) return
      older = newer
      newer = new TDigest()
      held = 0
    },
    read() {
      const both = digestOf([...centroids(older), ...centroids(newer)])
      const at = (share: number) => Math.round((both.percentile(share) ?? 0) * 100) / 100
      return both.size() === 0 ? undefined : { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
    },
    save: () => ({ older: centroids(older), newer: centroids(newer) }),
  }
}

function centroids(digest: TDigest): readonly Centroid[] {
  return digest.toArray().map(({ mean, n }) => [mean, n])
}

function digestOf(held: readonly Centroid[]): TDigest {
  const digest = new TDigest()
  digest.push_centroid(held.map(([mean, n]) => ({ mean, n })))
  return digest
}
