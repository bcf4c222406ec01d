/** How much a model shall think, between Gemini's `thinkingConfig` and ours. */

import type { ChatRequest, ReasoningEffort } from '../../../protocol/chat.ts'
import { present } from '../present.ts'
import type { ModelTraits } from './model-traits.ts'
import type { WireRequestBody } from './wire.ts'

type Wanted = Pick<ChatRequest, 'reasoningEffort' | 'reasoningBudgetTokens'>
type ThinkingConfig = NonNullable<NonNullable<WireRequestBody['generationConfig']>['thinkingConfig']>

const budgets: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: 512,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 24_576,
}
const levels: Readonly<Record<string, ReasoningEffort>> = {
  MINIMAL: 'minimal',
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
}

/** A budget of 0 is no thinking, -1 is the model's own choice. */
export function readThinking(config: ThinkingConfig | null | undefined): Wanted {
  const budget = config?.thinkingBudget ?? undefined
  const level = config?.thinkingLevel?.toUpperCase() ?? ''
  if (budget === 0) return { reasoningEffort: 'none' }
  if (budget !== undefined && budget > 0) return { reasoningBudgetTokens: budget }
  const effort = Object.hasOwn(levels, level) ? levels[level] : undefined
  return { reasoningEffort: effort ?? (budget === undefined ? undefined : 'medium') }
}

/** Thoughts are asked for with it: without them a long think looks like silence. */
export function writeThinking(
  { reasoningEffort: effort, reasoningBudgetTokens: budget }: Wanted,
  traits: ModelTraits,
): Record<string, unknown> | undefined {
  if (budget !== undefined)
    return present({ thinkingBudget: budget, includeThoughts: budget > 0 || undefined })
  if (effort === undefined) return undefined
  const includeThoughts = effort === 'none' ? undefined : true
  if (traits.thinksByLevel) return present({ thinkingLevel: levelFor(effort, traits), includeThoughts })
  const thinkingBudget = effort === 'none' ? traits.leastBudget : budgets[effort]
  return present({ thinkingBudget, includeThoughts })
}

function levelFor(effort: ReasoningEffort, { leastLevel }: ModelTraits): string {
  if (effort === 'none' || effort === 'minimal') return leastLevel
  return effort === 'xhigh' ? 'HIGH' : effort.toUpperCase()
}
