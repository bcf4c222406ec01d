/** A step used more than eight times the tokens of the middle one of its trace, and more than 8,000. */

import { outliersOf } from '../outliers.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector } from './detector.ts'

const options = { measure: ({ tokens }: { tokens?: number }) => tokens, times: 8, atLeast: 8_000 }

export const tokenOutlier: Detector = {
  id: 'token-outlier',
  category: 'resource_outlier',
  sentence:
    'A step used more than eight times the tokens of the middle one of its trace, and more than 8,000.',
  isHint: true,
  find: ({ steps }) =>
    outliersOf(steps, options).map(({ step, value, median }) => ({
      step: step.index,
      quote: lineWith(step.said || step.heard || step.error || '', /\S/),
      says: `${step.agent} used ${value} tokens where the middle step used ${median}`,
      confidence: 0.3,
      part: 'symptom',
      remedy: `Look at what ${step.agent} is given: long tool results and whole histories can be cut or summed up`,
    })),
}
