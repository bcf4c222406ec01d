/** The answer to a structured tool result holds figures or ids that stand nowhere before it. */

import { freshFigures } from '../fresh-figures.ts'
import { structuredAnswers } from '../structured-answers.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

export const inventedFact: Detector = {
  id: 'invented-fact',
  category: 'invented_information',
  sentence: 'The answer to a structured tool result holds figures or ids that stand nowhere before it.',
  find: (view) =>
    structuredAnswers(view.steps).flatMap(({ step, result }): Spot[] => {
      const [figure] = freshFigures(view, step.index)
      if (figure === undefined || step.calls.length > 0 || step.said.includes('```')) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, figure),
          says: `${step.agent} names ${figure}, which neither ${result.agent} nor anybody before it had said`,
          confidence: 0.8,
          part: 'cause',
          remedy: `Tell ${step.agent} to answer from the tool's result alone, and check figures of the answer against it`,
        },
      ]
    }),
}
