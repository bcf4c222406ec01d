/** A model stopped because its token limit was reached. */

import type { Detector, Spot } from './detector.ts'

const cut = /"(?:finish_reason|stop_reason|finishReason)"\s*:\s*"(?:length|max_tokens|MAX_TOKENS)"/

export const truncatedOutput: Detector = {
  id: 'truncated-output',
  category: 'truncated_output',
  sentence: 'A model stopped because its token limit was reached.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const raw = JSON.stringify(step.made)
      if (step.kind !== 'model' || !(cut.test(raw) || cut.test(step.said))) return []
      return [
        {
          step: step.index,
          quote: step.said.slice(-160),
          says: `${step.agent} was cut off in the middle of its answer`,
          confidence: 0.8,
          part: 'cause',
          remedy: `Raise the output limit of ${step.agent}`,
        },
      ]
    }),
}
