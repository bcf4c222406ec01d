/** A condition of the request is missing from the query that was planned for it, or turned off in it. */

import type { Loose } from '../../record/import/loose.ts'
import type { Step } from '../step.ts'
import { contentWords, figuresIn, lineWith, stem } from '../text-facts.ts'
import type { Detector } from './detector.ts'

export const lostConstraint: Detector = {
  id: 'lost-constraint',
  category: 'constraint_lost',
  sentence:
    'A condition of the request is missing from the query that was planned for it, or turned off in it.',
  find: ({ steps, request }) => {
    for (const step of steps) {
      if (step.kind !== 'model' || step.isAround) continue
      for (const query of queriesOf(step, steps)) {
        const lost = lostIn(query, request)
        if (lost === undefined) continue
        return [
          {
            step: step.index,
            quote: lineWith(step.said, /[{"]/),
            says: `${step.agent} planned a query in which ${lost}`,
            confidence: 0.85,
            part: 'cause' as const,
            remedy: `Have ${step.agent} list the conditions of the request before it plans, and check that each is in the query`,
          },
        ]
      }
    }
    return []
  },
}

/** Records the step made that a tool was later given whole or in part. */
function queriesOf(step: Step, steps: readonly Step[]): readonly Loose[] {
  const later = steps.slice(step.index + 1).filter(({ kind }) => kind === 'tool')
  const fields = new Set(later.flatMap(({ given }) => given.flatMap((record) => Object.keys(record))))
  return step.made.filter((record) => {
    const names = Object.keys(record)
    return names.length >= 2 && names.filter((name) => fields.has(name)).length >= 2
  })
}

const comparison =
  /\b(more|less|over|under|above|below|at least|at most|before|after|than|between|exceed\w*|up to)\b/i

function lostIn(query: Loose, request: string): string | undefined {
  const words = new Set(contentWords(request))
  for (const [name, held] of Object.entries(query)) {
    const about = name.split(/[^a-z]+/i).map((part) => stem(part.toLowerCase()))
    const word = about.find((part) => words.has(part))
    if (held === false && word !== undefined) return `"${name}" is off, though the request asks for it`
  }
  if (!comparison.test(request)) return undefined
  const held = new Set(figuresIn(JSON.stringify(query)).map(Number))
  const figure = figuresIn(request).find((one) => !held.has(Number(one)))
  return figure && `${figure} does not appear, though the request sets it as a bound`
}
