/** How hard a model is to think, for dialects that know only a word for it. */

import type { ChatRequest, ReasoningEffort } from '../../protocol/chat.ts'

/** From the budget in tokens where no word was given; undefined where neither was. */
export function effortOf({
  reasoningEffort,
  reasoningBudgetTokens: budget,
}: Pick<ChatRequest, 'reasoningEffort' | 'reasoningBudgetTokens'>): ReasoningEffort | undefined {
  if (reasoningEffort !== undefined || budget === undefined) return reasoningEffort
  return budget <= 2_048 ? 'low' : budget <= 8_192 ? 'medium' : 'high'
}
