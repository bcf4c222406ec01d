/** The answer says the opposite of the tool result it rests on, or names the wrong one of its rows. */

import type { Loose } from '../../record/import/loose.ts'
import { freshFigures } from '../fresh-figures.ts'
import { type Answer, structuredAnswers } from '../structured-answers.ts'
import { figuresIn, lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

export const contradictedResult: Detector = {
  id: 'contradicted-result',
  category: 'result_misread',
  sentence:
    'The answer says the opposite of the tool result it rests on, or names the wrong one of its rows.',
  find: (view) =>
    structuredAnswers(view.steps).flatMap((answer): Spot[] => {
      const why = contradiction(answer, view.request)
      if (why === undefined || freshFigures(view, answer.step.index).length > 0) return []
      return [
        {
          step: answer.step.index,
          quote: lineWith(answer.step.said, /\S/),
          says: `${answer.step.agent} misread what ${answer.result.agent} returned: ${why}`,
          confidence: 0.85,
          part: 'cause',
          remedy: `Have ${answer.step.agent} quote the row of the result it relies on, or compute the choice in code`,
        },
      ]
    }),
}

const least = /\b(cheapest|lowest|least|smallest|fewest|minimum|shortest|earliest)\b/i
const most = /\b(most expensive|highest|greatest|largest|biggest|maximum|longest|latest)\b/i
const denies =
  /\b(no|none|not any|nothing|zero)\b[^.]{0,60}\b(match|found|exist|available|items?|results?|options?)|\b(did not|could not|couldn't) find any/i
const saysNo = /(?:^|\n|: *)\W{0,3}no\b[,.!]/i

/** Why the result speaks against the answer, if it does. */
function contradiction({ step, items, result }: Answer, request: string): string | undefined {
  if (items.length > 0 && denies.test(step.said))
    return `the result lists ${items.length}, and the answer says there are none`
  if (saysNo.test(step.said)) {
    const asked = [...request.matchAll(/=\s*["']?([\w.%+-]+)/g)].map(([, value]) => value ?? '')
    const value = asked.find((one) => one !== '' && new RegExp(`"${escaped(one)}"`, 'i').test(result.said))
    if (value) return `the result holds the value that was asked about, "${value}", and the answer denies it`
  }
  const extreme = least.test(request) ? Math.min : most.test(request) ? Math.max : undefined
  return extreme && wrongExtreme(items, step.said, extreme)
}

function wrongExtreme(items: readonly Loose[], said: string, extreme: (...of: number[]) => number) {
  const figures = new Set(figuresIn(said).map(Number))
  for (const field of numericFields(items)) {
    const values = items.map((item) => Number(item[field]))
    const named = values.filter((value) => figures.has(value))
    const right = extreme(...values)
    if (named.length > 0 && !named.includes(right))
      return `by ${field} the right one has ${right}, and the answer names ${named[0]}`
  }
  return undefined
}

/** Fields that hold a fraction or a count in every item; ids written in digits are texts. */
function numericFields(items: readonly Loose[]): readonly string[] {
  const [first] = items
  if (!first || items.length < 2) return []
  return Object.keys(first).filter((field) => items.every((item) => typeof item[field] === 'number'))
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
