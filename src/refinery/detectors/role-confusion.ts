/** A model goes on to speak for the person it talks to. */

import { isSpokenByModel } from '../step.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

/** A line of another's, after words of its own. */
const othersLine = /\n[ \t]*(?:\*\*)?(?:user|human)(?:\*\*)?:(?:\*\*)? ?\S/i
/** Who writes dialogues or code on purpose is not confused. */
const onPurpose = /dialog|conversation|script|role[- ]?play|transcript|interview|example|yaml|json/i

export const roleConfusion: Detector = {
  id: 'role-confusion',
  category: 'role_confusion',
  sentence: 'A model goes on to speak for the person it talks to.',
  find: ({ steps, request }) =>
    onPurpose.test(request)
      ? []
      : steps.flatMap((step): Spot[] => {
          if (!isSpokenByModel(step) || !step.isSpoken || step.said.includes('```')) return []
          if (!othersLine.test(step.said.trim()) || onPurpose.test(step.instructions)) return []
          return [
            {
              step: step.index,
              quote: lineWith(step.said.trim(), /(?<=\n)[ \t]*(?:\*\*)?(?:user|human)(?:\*\*)?:/i),
              says: `${step.agent} wrote what the person was to say`,
              confidence: 0.6,
              part: 'cause',
              remedy: `Give ${step.agent} a stop word, or send its turns as messages with roles instead of one text`,
            },
          ]
        }),
}
