/** What was learned of a target from the requests that tried it. */

import type { Target } from './plan.ts'

/** The numbers an order is made from. Averages move a fifth of the way to each new value. */
export interface LearnedScore {
  /** Calls that were learned from. */
  readonly samples: number
  /** Share of calls that were answered, 0 to 1. */
  readonly success: number
  /** How smoothly requests went at this target, 0 to 1. */
  readonly resilience: number
  /** Ms of an answered call; undefined before the first. */
  readonly latencyMs?: number
  /** The same over the long run: it moves a two-hundredth of the way. */
  readonly usualLatencyMs?: number
}

/** Ms; undefined before the first answered call. */
export interface LearnedQuantiles {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

export interface Ranking extends Target, LearnedScore {
  /** 1 is best. */
  readonly rank: number
  /** 0 to 1; what the strategy `learned` orders by. */
  readonly score: number
  /** Enough samples to stand on their own; before that the starting values count. */
  readonly isTrusted: boolean
  readonly latency?: LearnedQuantiles
  readonly firstToken?: LearnedQuantiles
  /** Average cost of an answered call, USD; undefined where prices are not known. */
  readonly costUsd?: string
  readonly lastAtUtc?: string
  /** What each number is and where it comes from, for people. */
  readonly because: readonly string[]
}
