/** A model stopped because its token limit was reached. */

import type { Detector, Spot } from './detector.ts'

const cut = /^(?:length|max_tokens|max_output_tokens)$/i

export const truncatedOutput: Detector = {
  id: 'truncated-output',
  category: 'truncated_output',
  sentence: 'A model stopped because its token limit was reached.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (step.kind === 'tool' || step.isAround || !cut.test(step.finish ?? '')) return []
      return [
        {
          step: step.index,
          quote: (step.said || step.heard).slice(-160),
          says: `${step.agent} was cut off in the middle of its answer`,
          confidence: 0.8,
          part: 'cause',
          remedy: `Raise the output limit of ${step.agent}`,
        },
      ]
    }),
}
