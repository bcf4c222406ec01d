/** Holds what was expected against what came out, clause by clause, by the words in common. */

import type { Gap } from './analysis.ts'
import type { Step } from './step.ts'
import { contentWords, excerpt, plainText } from './text-facts.ts'

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
  const speaker = speakerOf(answer, steps)
  const said = new Set(contentWords(answer.said))
  return clausesOf(expected).map((clause) => {
    const words = contentWords(clause)
    const share = words.filter((word) => said.has(word)).length / words.length
    const status = share >= metShare ? 'met' : share >= partialShare ? 'partial' : 'missing'
    return { clause, status, actual: excerpt(answer.said, 240), runId: speaker.runId }
  })
}

/** Whose words the answer is: an outer step passes on what one inside it said. */
function speakerOf(answer: Step, steps: readonly Step[]): Step {
  if (!answer.isAround) return answer
  const words = plainText(answer.said)
  return steps.findLast(({ isAround, said }) => !isAround && plainText(said) === words) ?? answer
}

/** What the person got: the outermost step's output, else the last thing a model said. */
export function finalAnswer(steps: readonly Step[]): Step | undefined {
  const root = steps.find(({ parentId, isAround, said }) => parentId === undefined && isAround && said !== '')
  return root ?? steps.findLast(({ kind, said }) => kind === 'model' && said !== '')
}
