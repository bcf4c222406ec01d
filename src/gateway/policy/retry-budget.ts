/** Retry budget as a value: requests pay a share of a repeat in, repeats take one out, and a few a minute are free. */

export interface RetryOptions {
  /** Repeats a request pays for, 0 to 1. */
  readonly share: number
  /** Repeats a minute that nobody pays for; also the most that are saved up. */
  readonly perMinute: number
}

/**
 * Repeats that are left, as of `atMs`.
 * In any minute a provider sees at most `share` × requests + 2 × `perMinute` repeats: what was saved up and what came in.
 */
export interface RetryBudget {
  readonly repeats: number
  readonly atMs: number
}

export function openRetryBudget({ perMinute }: RetryOptions, nowMs: number): RetryBudget {
  return { repeats: perMinute, atMs: nowMs }
}

/** The budget after one request more; the same value where it is full. */
export function payIn(budget: RetryBudget, options: RetryOptions, nowMs: number): RetryBudget {
  const mostRepeats = Math.max(1, options.perMinute)
  if (budget.repeats >= mostRepeats) return budget
  const repeats = Math.min(mostRepeats, repeatsNow(budget, options, nowMs) + options.share)
  return { repeats, atMs: nowMs }
}

/** Whether a repeat may go out now. */
export function mayRepeat(budget: RetryBudget, options: RetryOptions, nowMs: number): boolean {
  // Ten shares of a tenth are not quite one.
  return repeatsNow(budget, options, nowMs) > 0.999_999
}

/** The budget after one repeat; it never owes anything. */
export function takeOut(budget: RetryBudget, options: RetryOptions, nowMs: number): RetryBudget {
  return { repeats: Math.max(0, repeatsNow(budget, options, nowMs) - 1), atMs: nowMs }
}

function repeatsNow({ repeats, atMs }: RetryBudget, { perMinute }: RetryOptions, nowMs: number): number {
  const freed = ((nowMs - atMs) * perMinute) / 60_000
  return Math.max(repeats, Math.min(perMinute, repeats + freed))
}
