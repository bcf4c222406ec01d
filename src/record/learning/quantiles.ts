/** Quantiles of the latest values: they are kept as they are, and sorted when somebody asks. */

import type { LearnedQuantiles } from '../../protocol/learning.ts'
import { quantile } from '../../stats/means.ts'

export interface Quantiles {
  push(ms: number): void
  /** Over the last 1,000 values; undefined before the first. */
  read(): LearnedQuantiles | undefined
  /** The values, rounded to 0.01 ms, the oldest first. */
  save(): readonly number[]
}

/** Values that are kept: enough that ten of them lie beyond the 99th percentile. */
const kept = 1_000

export function openQuantiles(saved: readonly number[] = []): Quantiles {
  let values = new Float64Array(64)
  let held = 0
  let next = 0
  const push = (ms: number) => {
    if (held === values.length && held < kept) {
      const wider = new Float64Array(Math.min(kept, held * 4))
      wider.set(values)
      values = wider
    }
    values[next] = ms
    held = Math.max(held, next + 1)
    next = (next + 1) % kept
  }
  for (const ms of saved.slice(-kept)) push(ms)
  return {
    push,
    read() {
      if (held === 0) return undefined
      const sorted = values.slice(0, held).sort()
      const at = (share: number) => hundredths(quantile(sorted, share))
      return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
    },
    save() {
      const from = held < kept ? 0 : next
      return Array.from({ length: held }, (_, at) => hundredths(values[(from + at) % held] ?? 0))
    },
  }
}

const hundredths = (ms: number) => Math.round(ms * 100) / 100
