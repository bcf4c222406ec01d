/** A step states several figures that no request, tool or earlier step had brought. */

import { freshFigures, freshShare } from '../fresh-figures.ts'
import { isSpokenByModel } from '../step.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

export const unsupportedFigure: Detector = {
  id: 'unsupported-figure',
  category: 'invented_information',
  sentence: 'A step states several figures that no request, tool or earlier step had brought.',
  isHint: true,
  find: (view) =>
    view.steps.flatMap((step): Spot[] => {
      if (!isSpokenByModel(step) || step.index === 0) return []
      if (freshShare(view, step.index) < 1) return []
      const figures = freshFigures(view, step.index)
      return [
        {
          step: step.index,
          quote: lineWith(step.said, figures[0] ?? ''),
          says: `${step.agent} brings figures that nobody had said before: ${figures.slice(0, 5).join(', ')}`,
          confidence: 0.35,
          part: 'cause',
          remedy: `Have ${step.agent} name the source of every figure`,
        },
      ]
    }),
}
