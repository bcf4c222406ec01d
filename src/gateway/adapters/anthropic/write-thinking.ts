/** How much the model may think, where the conversation allows it to think at all. */

import type { ModelAbilities } from '../../../protocol/adapter.ts'
import type { ChatRequest, ReasoningEffort } from '../../../protocol/chat.ts'
import { callerNames } from '../caller-names.ts'

export interface Thinking {
  readonly wire?: { readonly type: 'enabled'; readonly budget_tokens: number }
  readonly dropped: readonly string[]
}

/** Tokens for each effort; the least that Anthropic takes is 1,024. */
const budgets: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
}
const leastBudget = 1_024

/** `maxTokens` is the limit of the whole answer, thinking included. */
export function writeThinking(request: ChatRequest, abilities: ModelAbilities, maxTokens: number): Thinking {
  const { reasoningEffort: effort, reasoningBudgetTokens } = request
  const wanted = reasoningBudgetTokens ?? (effort && effort !== 'none' ? budgets[effort] : undefined)
  if (wanted === undefined) return { dropped: [] }
  const budget = Math.max(leastBudget, Math.min(wanted, Math.floor(maxTokens / 2)))
  const possible = abilities.reasoning !== false && maxTokens > budget && allowsThinking(request)
  return possible
    ? { wire: { type: 'enabled', budget_tokens: budget }, dropped: [] }
    : { dropped: [callerNames(request.dialect).reasoning] }
}

/** Not with a forced tool, and not after a tool call whose own thinking cannot be given back. */
function allowsThinking({ toolChoice, messages }: ChatRequest): boolean {
  if (toolChoice === 'required' || typeof toolChoice === 'object') return false
  const last = messages.findLast(({ role }) => role === 'assistant')
  if (last?.role !== 'assistant' || last.toolCalls.length === 0) return true
  return last.content.some(
    (part) => part.kind === 'reasoning' && part.from === 'anthropic' && (part.signature ?? part.redacted),
  )
}
