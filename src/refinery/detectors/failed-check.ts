/** A later step that checks the work found it wanting: the fault lies before it. */

import { excerpt, lineWith } from '../text-facts.ts'
import { failureOf } from '../tool-report.ts'
import type { Detector, Spot } from './detector.ts'

const verdicts = ['is_valid', 'valid', 'passed', 'approved', 'is_correct', 'success', 'accepted'] as const
const rejects = /\b(REJECTED|validation failed|does not (?:address|meet|satisfy|answer))/i

export const failedCheck: Detector = {
  id: 'failed-check',
  category: 'failed_check',
  sentence: 'A later step that checks the work found it wanting: the fault lies before it.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (step.kind === 'tool' && failureOf(step) !== undefined) return []
      const said = step.made.some((record) => verdicts.some((name) => record[name] === false))
      if (!said && !rejects.test(step.kind === 'model' || step.kind === 'other' ? step.said : '')) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, /reason|false|REJECTED|does not/i),
          says: `${step.agent} found the result wanting: ${excerpt(step.error ?? lineWith(step.said, /reason|REJECTED/i), 140)}`,
          confidence: 0.7,
          part: 'symptom',
        },
      ]
    }),
}
