/** A step assumes, simulates or estimates what it should have found out. */

import { isSpokenByModel } from '../step.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

const assumption =
  /\b(assum\w+|hypothetical\w*|simulat\w+|placeholder|for (?:the sake of|example purposes)|sample data|mock\w*|let's say|approximat\w+|estimat\w+|(?:don't|do not) have access|cannot access|manually)\b/i

export const unsupportedAssumption: Detector = {
  id: 'unsupported-assumption',
  category: 'unsupported_assumption',
  sentence: 'A step assumes, simulates or estimates what it should have found out.',
  isHint: true,
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (!isSpokenByModel(step) || step.index === 0 || !assumption.test(step.said)) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, assumption),
          says: `${step.agent} works with an assumption where a fact was needed`,
          confidence: 0.35,
          part: 'cause',
          remedy: `Tell ${step.agent} to look facts up, and to say what it could not find`,
        },
      ]
    }),
}
