/** The near tier: answers in this process, bounded in bytes and in number; what was used longest ago goes first. */

import { LRUCache } from 'lru-cache'

export interface MemoryTierOptions {
  /** Bytes of all answers and their names together. */
  readonly maxBytes: number
  readonly maxEntries: number
}

export interface MemoryTier {
  get(key: string): Buffer | undefined
  set(key: string, bytes: Buffer): void
  delete(key: string): void
  /** Takes away what belongs to `tenant`, or everything; returns how many answers that were. */
  clear(tenant?: string): number
  entries(): number
  /** Never above `maxBytes`. */
  bytes(): number
  /** Answers that had to make room for others so far. */
  evicted(): number
}

export function createMemoryTier({ maxBytes, maxEntries }: MemoryTierOptions): MemoryTier {
  let evicted = 0
  const kept = new LRUCache<string, Buffer>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: (bytes, key) => bytes.length + Buffer.byteLength(key),
    dispose: (_bytes, _key, reason) => {
      if (reason === 'evict') evicted += 1
    },
  })
  return {
    get: (key) => kept.get(key),
    set: (key, bytes) => void kept.set(key, bytes),
    delete: (key) => void kept.delete(key),
    clear(tenant) {
      const mine = [...kept.keys()].filter((key) => tenant === undefined || key.startsWith(`${tenant}:`))
      for (const key of mine) kept.delete(key)
      return mine.length
    },
    entries: () => kept.size,
    bytes: () => kept.calculatedSize,
    evicted: () => evicted,
  }
}
