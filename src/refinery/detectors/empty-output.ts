/** A model said nothing and called nothing, though later steps followed. */

import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

export const emptyOutput: Detector = {
  id: 'empty-output',
  category: 'empty_output',
  sentence: 'A model said nothing and called nothing, though later steps followed.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const isLast = step.index === steps.length - 1
      const isSilent = step.said.trim() === '' && step.calls.length === 0 && step.error === undefined
      if (
        !step.hasOutput ||
        step.kind !== 'model' ||
        step.isAround ||
        !isSilent ||
        isLast ||
        step.heard === ''
      )
        return []
      return [
        {
          step: step.index,
          quote: lineWith(step.heard, /\S/),
          says: `${step.agent} gave no output`,
          confidence: 0.5,
          part: 'cause',
          remedy: `Check the token limit and the stop words of ${step.agent}, and ask again where nothing comes`,
        },
      ]
    }),
}
