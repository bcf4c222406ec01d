/** What differs between OpenAI's models that reason and all others, as far as a request must respect it. */

import type { ModelAbilities } from '../../../protocol/adapter.ts'

export interface ModelTraits {
  /** The limit of the answer counts thinking and is called `max_completion_tokens`; `max_tokens` is refused. */
  readonly limitsCompletion: boolean
  /** Temperature and top-p are refused, unless it is told not to think. */
  readonly fixedSampling: boolean
}

/** OpenAI's own names, with or without the vendor that a broker puts before them; `gpt-oss` is served by others. */
const ownName = /^(?:openai\/)?(?:gpt-\d|chatgpt-|codex|o\d)/
const reasoningName = /^(?:openai\/)?(?:o\d|gpt-(?:[5-9]|\d\d)(?!.*-chat))/

/** What the catalogue or the configuration says of the model goes before what its name tells. */
export function modelTraits(model: string, { reasoning }: ModelAbilities): ModelTraits {
  const isReasoning = ownName.test(model) && (reasoning ?? reasoningName.test(model))
  return { limitsCompletion: isReasoning, fixedSampling: isReasoning }
}
