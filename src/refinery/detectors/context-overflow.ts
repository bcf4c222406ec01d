/** A model refused because its context was too long. */

import type { Detector, Spot } from './detector.ts'

const overflow =
  /context[ _-]?(?:length|window)|maximum context|too many tokens|prompt is too long|context_length_exceeded/i

export const contextOverflow: Detector = {
  id: 'context-overflow',
  category: 'context_overflow',
  sentence: 'A model refused because its context was too long.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (step.error === undefined || !overflow.test(step.error)) return []
      return [
        {
          step: step.index,
          quote: step.error,
          says: `${step.agent} was given more than its model can read`,
          confidence: 0.9,
          part: 'cause',
          remedy: `Shorten what ${step.agent} is given, or give it a model with a longer context`,
        },
      ]
    }),
}
