/** What the calls of one request came to, for those who set something aside for them. */

import type { Attempt } from '../../protocol/plan.ts'
import type { CallSpent } from '../limits/allowance.ts'
import { sumUsd } from '../policy/sum-usd.ts'

/** Absent where a call began an answer and nobody told what it cost. */
export function spentOn(attempts: readonly Attempt[]): CallSpent {
  const begun = attempts.filter(
    ({ fault, firstTokenMs }) => fault === undefined || firstTokenMs !== undefined,
  )
  if (begun.some(({ outputTokens }) => outputTokens === undefined)) return {}
  const tokens = attempts.reduce(
    (sum, { inputTokens = 0, outputTokens = 0 }) => sum + inputTokens + outputTokens,
    0,
  )
  return { tokens, costUsd: sumUsd(attempts.map(({ costUsd }) => costUsd)) ?? '0' }
}
