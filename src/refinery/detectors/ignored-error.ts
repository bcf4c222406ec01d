/** A tool failed and the next step went on as if it had not. */

import { lineWith } from '../text-facts.ts'
import { failureOf, wasMended } from '../tool-report.ts'
import type { Detector, Spot } from './detector.ts'

const admits =
  /fail|error|could not|couldn't|cannot|can't|unable|not available|unavailable|sorry|unfortunately|try again/i

export const ignoredError: Detector = {
  id: 'ignored-error',
  category: 'ignored_error',
  sentence: 'A tool failed and the next step went on as if it had not.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (failureOf(step) === undefined || wasMended(steps, step)) return []
      const next = steps.slice(step.index + 1).find(({ kind, isAround }) => kind === 'model' && !isAround)
      if (!next || next.said === '' || admits.test(next.said) || next.calls.length > 0) return []
      return [
        {
          step: next.index,
          quote: lineWith(next.said, /\S/),
          says: `${step.agent} had failed, and ${next.agent} does not say so`,
          confidence: 0.6,
          part: 'symptom',
          remedy: `Tell ${next.agent} to say when a tool has failed, and what it does instead`,
        },
      ]
    }),
}
