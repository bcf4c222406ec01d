/** A tool failed, and the same call was made again until it worked. */

import type { Step } from '../step.ts'
import { excerpt } from '../text-facts.ts'
import { failureOf, quoteOfFailure } from '../tool-report.ts'
import type { Detector, Spot } from './detector.ts'

export const retriedCall: Detector = {
  id: 'retried-call',
  category: 'tool_failure',
  sentence: 'A tool failed, and the same call was made again until it worked.',
  isHint: true,
  find({ steps }) {
    const failed = new Map<string, Step>()
    return steps.flatMap((step): Spot[] => {
      if (step.kind !== 'tool' || step.heard === '') return []
      const call = `${step.agent}\n${step.heard}`
      const failure = failureOf(step)
      const before = failed.get(call)
      if (failure !== undefined) failed.set(call, before ?? step)
      if (failure !== undefined || before === undefined) return []
      failed.delete(call)
      const first = failureOf(before) ?? ''
      return [
        {
          step: before.index,
          quote: quoteOfFailure(before, first),
          says: `${step.agent} worked only when it was called again: ${excerpt(first, 120)}`,
          confidence: 0.3,
          part: 'symptom',
          remedy: `Let the caller of ${step.agent} try again by itself, with a pause, so that no model turn is spent on it`,
        },
      ]
    })
  },
}
