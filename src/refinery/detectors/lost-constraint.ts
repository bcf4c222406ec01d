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
    const lastGiven = lastGivenTo(steps)
    for (const step of steps) {
      if (step.kind !== 'model' || step.isAround) continue
      for (const query of queriesOf(step, lastGiven)) {
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

/** Names of fields that tools were given, each with the last step that was given it. */
function lastGivenTo(steps: readonly Step[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>()
  for (const { kind, given, index } of steps)
    if (kind === 'tool')
      for (const record of given) for (const name of Object.keys(record)) last.set(name, index)
  return last
}

/** Records the step made that a tool was later given whole or in part. */
function queriesOf({ made, index }: Step, lastGiven: ReadonlyMap<string, number>): readonly Loose[] {
  return made.filter((record) => {
    const names = Object.keys(record)
    return names.length >= 2 && names.filter((name) => (lastGiven.get(name) ?? -1) > index).length >= 2
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
