/** What to reserve for an answer: the 95th percentile of what answers of the kind took of their caps. */

/** The last so many answers are remembered. */
const remembered = 200
/** One alone tells nothing, and the cap is reserved. */
const leastSamples = 2
/** Kept above what was seen, for the tail is longer than samples show: the fewer, the more. */
const allowanceOf = (samples: number) => 1.1 + 1.2 / samples

export interface LearnedOutput {
  note(tokens: number, cap: number): void
  /** Tokens, at most the cap; `ahead` tells what will be reserved once so many more answers like the known ones have come. */
  reserve(cap: number, ahead?: { readonly answers: number; readonly share: number }): number
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
    reserve(cap, ahead) {
      const samples = sorted.length + (ahead?.answers ?? 0)
      if (samples < leastSamples) return cap
      const share =
        sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.95) - 1)] ?? ahead?.share ?? 1
      return Math.min(cap, Math.ceil(cap * share * allowanceOf(Math.min(samples, remembered))))
    },
  }
}
