/** What to reserve for an answer: the 95th percentile of what answers of the kind took of their caps. */

/** The last so many answers are remembered. */
const remembered = 200
/** One alone tells nothing, and the cap is reserved. */
const leastSamples = 2
/** Kept above what was seen, for the tail is longer than samples show: the fewer, the more. */
const allowanceOf = (samples: number) => 1.1 + 1.2 / samples

export interface LearnedOutput {
  note(tokens: number, cap: number): void
  /** Tokens, at most the cap. */
  reserve(cap: number): number
}

export function createLearnedOutput(): LearnedOutput {
  let shares: readonly number[] = []
  let sorted: readonly number[] = []
  return {
    note(tokens, cap) {
      if (cap <= 0) return
      shares = [...shares, tokens / cap].slice(-remembered)
      sorted = shares.toSorted((one, other) => one - other)
    },
    reserve(cap) {
      if (shares.length < leastSamples) return cap
      const share = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.95) - 1)] ?? 1
      return Math.min(cap, Math.ceil(cap * share * allowanceOf(sorted.length)))
    },
  }
}
