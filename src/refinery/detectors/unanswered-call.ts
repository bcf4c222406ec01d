/** A model called a tool, and the trace holds no answer of it. */

import type { Detector, Spot } from './detector.ts'

export const unansweredCall: Detector = {
  id: 'unanswered-call',
  category: 'unanswered_call',
  sentence: 'A model called a tool, and the trace holds no answer of it.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const missing = step.calls.find(({ id, name }) => {
        if (id === undefined) return false
        return !steps.some(
          ({ heard, agent, said, index }) =>
            index > step.index && (heard.includes(id) || said.includes(id) || agent.includes(name)),
        )
      })
      if (!missing || steps.length === 1 || step.index === steps.length - 1) return []
      return [
        {
          step: step.index,
          quote: missing.name,
          says: `${step.agent} called ${missing.name} and never heard back`,
          confidence: 0.4,
          part: 'cause',
          remedy: `Make sure that ${missing.name} is run and that its answer is returned`,
        },
      ]
    }),
}
