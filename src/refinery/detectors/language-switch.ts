/** The answer is in another language than the request, and nobody asked for that. */

import { knownLanguages, languageIn } from '../language.ts'
import { isSpokenByModel } from '../step.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

const asked = new RegExp(`translat|language|übersetz|traduc|${knownLanguages.join('|')}`, 'i')

export const languageSwitch: Detector = {
  id: 'language-switch',
  category: 'language_mismatch',
  sentence: 'The answer is in another language than the request, and nobody asked for that.',
  find: ({ steps, request }) => {
    const wanted = languageIn(request)
    const answer = steps.findLast((step) => isSpokenByModel(step))
    if (wanted === undefined || !answer || asked.test(request) || asked.test(answer.instructions)) return []
    const got = languageIn(answer.said)
    if (got === undefined || got === wanted) return []
    const spot: Spot = {
      step: answer.index,
      quote: lineWith(answer.said, /\S/),
      says: `${answer.agent} answers in ${got}, the request is in ${wanted}`,
      confidence: 0.7,
      part: 'cause',
      remedy: `Tell ${answer.agent} to answer in the language of the request`,
    }
    return [spot]
  },
}
