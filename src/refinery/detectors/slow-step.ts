/** A step took more than ten times as long as the middle one of its trace, and more than five seconds. */

import { outliersOf } from '../outliers.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector } from './detector.ts'

const options = {
  measure: ({ durationMs }: { durationMs?: number }) => durationMs,
  times: 10,
  atLeast: 5_000,
}

export const slowStep: Detector = {
  id: 'slow-step',
  category: 'resource_outlier',
  sentence:
    'A step took more than ten times as long as the middle one of its trace, and more than five seconds.',
  isHint: true,
  find: ({ steps }) =>
    outliersOf(steps, options).map(({ step, value, median }) => ({
      step: step.index,
      quote: lineWith(step.said || step.heard || step.error || '', /\S/),
      says: `${step.agent} took ${seconds(value)} where the middle step took ${seconds(median)}`,
      confidence: 0.3,
      part: 'symptom',
      remedy: `Give ${step.agent} a time limit, and look at what it waits for`,
    })),
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
