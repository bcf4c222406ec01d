/** The same step with the same words came three times or more within few steps: the agent is stuck, and the cause lies before. */

import type { Step } from '../step.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

const oftenEnough = 3
/** Who comes back later than after so many steps was asked again, and is not stuck. */
const nearbySteps = 6

export const repeatedCall: Detector = {
  id: 'repeated-call',
  category: 'loop',
  sentence:
    'The same step with the same words came three times or more within few steps: the agent is stuck, and the cause lies before.',
  find({ steps }) {
    const seen = new Map<string, Step[]>()
    for (const step of steps) {
      if (step.isAround || step.kind === 'request') continue
      const words = step.kind === 'tool' ? step.heard : step.said
      if (words.trim().length < 8) continue
      const key = `${step.agent}\n${words}`
      const before = seen.get(key) ?? []
      const isNear = step.index - (before.at(-1)?.index ?? step.index) <= nearbySteps
      if (isNear || before.length < oftenEnough) seen.set(key, isNear ? [...before, step] : [step])
    }
    return [...seen.values()].flatMap((same): Spot[] => {
      const [, second] = same
      if (!second || same.length < oftenEnough) return []
      return [
        {
          step: second.index,
          quote: lineWith(second.said || second.heard, /\S/),
          says: `${second.agent} did the same ${same.length} times`,
          confidence: 0.6,
          part: 'symptom',
          remedy: `Tell ${second.agent} to change its approach when a step brought nothing, and limit its turns`,
        },
      ]
    })
  },
}
