/** The instructions ask for JSON and the output is not JSON. */

import { parseJson } from '../../base/text.ts'
import { isSpokenByModel } from '../step.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

const asksForJson =
  /\b(?:respond|answer|reply|output|return)\b[^.\n]{0,60}\b(?:only|valid|strictly|in)\b[^.\n]{0,30}\bJSON\b|\bJSON only\b/i

export const formatViolation: Detector = {
  id: 'format-violation',
  category: 'format_violation',
  sentence: 'The instructions ask for JSON and the output is not JSON.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (!isSpokenByModel(step) || !step.isSpoken || step.calls.length > 0) return []
      if (!asksForJson.test(step.instructions)) return []
      const bare = step.said.replace(/^\s*```(?:json)?|```\s*$/g, '')
      if (parseJson(bare) !== undefined) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, /\S/),
          says: `${step.agent} was asked for JSON and wrote something else`,
          confidence: 0.8,
          part: 'cause',
          remedy: `Ask the model of ${step.agent} for structured output instead of asking in words`,
        },
      ]
    }),
}
