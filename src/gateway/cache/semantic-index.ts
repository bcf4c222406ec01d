/** What was asked in other words: vectors of questions, compared only within one tenant and one setting. */

import { LRUCache } from 'lru-cache'

export interface Meaning {
  readonly tenant: string
  /** All that must be equal. */
  readonly setting: string
  readonly vector: readonly number[]
}

export interface Likeness {
  /** The name of the answer in the cache. */
  readonly key: string
  /** The request whose answer it is. */
  readonly requestId: string
  /** Cosine, -1 to 1. */
  readonly similarity: number
}

export interface SemanticIndex {
  /** The most similar question that is at least as similar as `threshold`. */
  find(meaning: Meaning, threshold: number): Likeness | undefined
  add(meaning: Meaning, answer: Pick<Likeness, 'key' | 'requestId'>): void
  delete(key: string): void
  clear(tenant?: string): void
  entries(): number
}

interface Row {
  readonly tenant: string
  readonly bucket: string
  readonly requestId: string
  /** Of length 1. */
  readonly vector: Float32Array
}

/** Questions used longest ago go first. */
export function createSemanticIndex(maxEntries: number): SemanticIndex {
  const buckets = new Map<string, Set<string>>()
  const rows = new LRUCache<string, Row>({
    max: maxEntries,
    dispose: ({ bucket }, key) => {
      const keys = buckets.get(bucket)
      keys?.delete(key)
      if (keys?.size === 0) buckets.delete(bucket)
    },
    noDisposeOnSet: true,
  })
  return {
    find({ tenant, setting, vector }, threshold) {
      const asked = ofLengthOne(vector)
      let best: Likeness | undefined
      // The tenant is part of the bucket's name: the vectors of others are never looked at.
      for (const key of buckets.get(bucketOf(tenant, setting)) ?? []) {
        const row = rows.peek(key)
        if (row === undefined || row.vector.length !== asked.length) continue
        const similarity = product(asked, row.vector)
        if (similarity >= threshold && similarity > (best?.similarity ?? -2))
          best = { key, requestId: row.requestId, similarity }
      }
      if (best) rows.get(best.key)
      return best
    },
    add({ tenant, setting, vector }, { key, requestId }) {
      const bucket = bucketOf(tenant, setting)
      rows.set(key, { tenant, bucket, requestId, vector: ofLengthOne(vector) })
      buckets.set(bucket, (buckets.get(bucket) ?? new Set()).add(key))
    },
    delete: (key) => void rows.delete(key),
    clear(tenant) {
      const mine = [...rows.entries()].filter(([, row]) => tenant === undefined || row.tenant === tenant)
      for (const [key] of mine) rows.delete(key)
    },
    entries: () => rows.size,
  }
}

const bucketOf = (tenant: string, setting: string) => `${tenant}:${setting}`

function ofLengthOne(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector)
  return Float32Array.from(vector, (number) => (length === 0 ? 0 : number / length))
}

function product(one: Float32Array, other: Float32Array): number {
  let sum = 0
  for (let at = 0; at < one.length; at += 1) sum += (one[at] ?? 0) * (other[at] ?? 0)
  return sum
}
