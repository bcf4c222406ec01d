/** The agent promises to remember or to come back later, and calls no tool that could do it. */

import { isSpokenByModel } from '../step.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

const promise =
  /\bI(?:'ll| will| shall|'ve| have)\b[^.!?\n]{0,60}\b(remember|keep (?:that|this|it) in mind|note(?:d)?(?: that| this| it)? for|from now on|in (?:the )?future|going forward|follow up with you|get back to you|notify you|remind you|update (?:my|your) (?:settings|preferences)|exclude[^.!?\n]{0,60}(?:from now on|going forward|in future))/i

export const brokenPromise: Detector = {
  id: 'broken-promise',
  category: 'broken_promise',
  sentence: 'The agent promises to remember or to come back later, and calls no tool that could do it.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (!isSpokenByModel(step) || !promise.test(step.said) || step.calls.length > 0) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, promise),
          says: `${step.agent} promises something for later that nothing in the trace can keep, and its instructions do not say that it has no memory`,
          confidence: 0.8,
          part: 'cause',
          remedy: `Tell ${step.agent} in its instructions what it cannot do (it has no memory between conversations), and what to say instead; or give it a tool that can`,
        },
      ]
    }),
}
