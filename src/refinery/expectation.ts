/** Holds what was expected against what came out, clause by clause, by the words in common. */

import type { Gap } from './analysis.ts'
import type { Step } from './step.ts'
import { contentWords, excerpt } from './text-facts.ts'

/** A clause is said where most of its words come back. */
const metShare = 0.6
const partialShare = 0.3

export function clausesOf(expected: string): readonly string[] {
  return expected
    .split(/[.;\n]+|,\s*(?:and|then)?\s+|\s+(?:and|then)\s+/i)
    .map((clause) => clause.trim())
    .filter((clause) => contentWords(clause).length > 0)
}

export function findGaps(expected: string, steps: readonly Step[]): readonly Gap[] {
  const answer = finalAnswer(steps)
  if (!answer) return []
  const said = new Set(contentWords(answer.said))
  return clausesOf(expected).map((clause) => {
    const words = contentWords(clause)
    const share = words.filter((word) => said.has(word)).length / words.length
    const status = share >= metShare ? 'met' : share >= partialShare ? 'partial' : 'missing'
    return { clause, status, actual: excerpt(answer.said, 240), runId: answer.runId }
  })
}

/** What the person got: the outermost step's output, else the last thing a model said. */
export function finalAnswer(steps: readonly Step[]): Step | undefined {
  const root = steps.find(({ parentId, isAround, said }) => parentId === undefined && isAround && said !== '')
  return root ?? steps.findLast(({ kind, said }) => kind === 'model' && said !== '')
}
