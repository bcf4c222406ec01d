/** A tool refused its arguments; the step that chose them is at fault. */

import { excerpt, lineWith } from '../text-facts.ts'
import { callerOf, failureOf, isWrongCall } from '../tool-report.ts'
import type { Detector, Spot } from './detector.ts'

export const refusedCall: Detector = {
  id: 'refused-call',
  category: 'refused_call',
  sentence: 'A tool refused its arguments; the step that chose them is at fault.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const failure = failureOf(step)
      if (failure === undefined || !isWrongCall(failure)) return []
      const caller = callerOf(steps, step)
      return [
        {
          step: caller.index,
          quote: lineWith(caller.said || caller.heard, /[{(]/),
          says: `${caller.agent} called ${step.agent} with arguments it does not take: ${excerpt(failure, 120)}`,
          confidence: 0.85,
          part: 'cause',
          remedy: `State the arguments of ${step.agent} in the instructions of ${caller.agent}, and check them before the call`,
        },
      ]
    }),
}
