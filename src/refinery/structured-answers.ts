/** Where a tool's structured result turns into words: the answer, the result it rests on, and its rows. */

import { isRecord } from '../base/text.ts'
import type { Loose } from '../record/import/loose.ts'
import type { Step } from './step.ts'

export interface Answer {
  readonly step: Step
  /** The last tool result before it. */
  readonly result: Step
  /** The records of the list in that result. */
  readonly items: readonly Loose[]
}

/** Each first model step after a tool's structured result: there a result turns into words. */
export function structuredAnswers(steps: readonly Step[]): readonly Answer[] {
  return steps.flatMap((result): Answer[] => {
    if (result.kind !== 'tool' || result.made.length === 0) return []
    const step = steps.find(({ isAround, index }) => index > result.index && !isAround)
    if (step?.kind !== 'model' || step.said === '') return []
    return [{ step, result, items: result.made.flatMap(listIn) }]
  })
}

function listIn(record: Loose): readonly Loose[] {
  return Object.values(record).flatMap((held) => (Array.isArray(held) ? held.filter(isRecord) : []))
}
