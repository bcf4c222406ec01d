/** A tool or service failed, and not because of the arguments it was given. */

import { excerpt } from '../text-facts.ts'
import { failureOf, infrastructure, isWrongCall, quoteOfFailure, wasMended } from '../tool-report.ts'
import type { Detector, Spot } from './detector.ts'

export const toolFailure: Detector = {
  id: 'tool-failure',
  category: 'tool_failure',
  sentence: 'A tool or service failed, and not because of the arguments it was given.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const failure = failureOf(step)
      if (failure === undefined || isWrongCall(failure) || wasMended(steps, step)) return []
      return [
        {
          step: step.index,
          quote: quoteOfFailure(step, failure),
          says: `${step.agent} could not do its work: ${excerpt(failure, 120)}`,
          confidence: infrastructure.test(failure) ? 0.9 : 0.7,
          part: 'cause',
          remedy: `Give ${step.agent} a time limit, a retry and a fallback, and tell the agent what to answer when it is down`,
        },
      ]
    }),
}
