/** A step ended with an error. */

import { excerpt } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

export const failedRun: Detector = {
  id: 'failed-run',
  category: 'failed_check',
  sentence: 'A step ended with an error.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (step.error === undefined || step.kind === 'tool') return []
      return [
        {
          step: step.index,
          quote: step.error,
          says: `${step.agent} ended with an error: ${excerpt(step.error, 140)}`,
          confidence: 0.6,
          part: 'symptom',
        },
      ]
    }),
}
