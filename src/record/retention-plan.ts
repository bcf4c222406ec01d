/** Which entries have outlived their time: a decision about numbers, made anew for each round. */

import type { RetentionConfig as RetentionRules } from '../config/config.ts'

export interface JournalFacts {
  readonly nowMs: number
  readonly firstSeq: number
  readonly lastSeq: number
  /** Bytes of the file that hold something. */
  readonly usedBytes: number
  /** Number of the last entry accepted before the instant, 0 where there is none. */
  readonly lastBefore: (utc: string) => number
}

/** Everything up to the number goes; 0 is nothing. */
export interface RetentionPlan {
  readonly previewsThrough: number
  readonly contentThrough: number
  readonly entriesThrough: number
  readonly entriesBecause: 'age' | 'size'
}

/** Where the file is too large, this share of the limit is left used, so that not every round has to remove. */
const leaveUsed = 0.9

export function planRetention(facts: JournalFacts, rules: RetentionRules): RetentionPlan {
  const through = (forMs: number | undefined) =>
    forMs === undefined ? 0 : facts.lastBefore(new Date(facts.nowMs - forMs).toISOString())
  const byAge = through(rules.entriesForMs)
  const bySize = throughBySize(facts, rules.journalMaxBytes)
  return {
    previewsThrough: through(rules.previewsForMs),
    contentThrough: through(rules.contentForMs),
    entriesThrough: Math.max(byAge, bySize),
    entriesBecause: bySize > byAge ? 'size' : 'age',
  }
}

/** The newest entry always stays. */
function throughBySize({ firstSeq, lastSeq, usedBytes }: JournalFacts, maxBytes: number | undefined): number {
  if (maxBytes === undefined || usedBytes <= maxBytes || lastSeq <= firstSeq) return 0
  const entries = lastSeq - firstSeq + 1
  const kept = Math.max(1, Math.floor((entries * maxBytes * leaveUsed) / usedBytes))
  return lastSeq - kept
}
