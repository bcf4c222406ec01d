/** A search returned an empty list. */

import { lineWith } from '../text-facts.ts'
import { failureOf } from '../tool-report.ts'
import type { Detector, Spot } from './detector.ts'

export const emptyRetrieval: Detector = {
  id: 'empty-retrieval',
  category: 'empty_retrieval',
  sentence: 'A search returned an empty list.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const isEmpty = step.made.some((record) =>
        Object.values(record).some((held) => Array.isArray(held) && held.length === 0),
      )
      if (step.kind !== 'tool' || !isEmpty || failureOf(step) !== undefined) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, '[]'),
          says: `${step.agent} found nothing`,
          confidence: 0.3,
          part: 'cause',
          remedy: `Tell the agent what to do when ${step.agent} finds nothing: ask, widen the search, or say so`,
        },
      ]
    }),
}
