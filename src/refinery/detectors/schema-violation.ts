/** A tool call does not fit the definition of the tool that the model was given. */

import { argumentFault, toolDefinitions } from '../tool-definition.ts'
import type { Detector, Spot } from './detector.ts'

export const schemaViolation: Detector = {
  id: 'schema-violation',
  category: 'refused_call',
  sentence: 'A tool call does not fit the definition of the tool that the model was given.',
  find: ({ steps }) =>
    steps.flatMap((step) => {
      if (step.calls.length === 0 || step.tools.length === 0) return []
      const definitions = new Map(toolDefinitions(step.tools).map((one) => [one.name, one]))
      return step.calls.flatMap(({ name, arguments: json }): Spot[] => {
        const definition = definitions.get(name)
        const fault = definition ? argumentFault(definition, json) : `no tool of that name was offered`
        if (definitions.size === 0 || fault === undefined) return []
        return [
          {
            step: step.index,
            quote: `${name}(${json})`,
            says: `${step.agent} called ${name} wrongly: ${fault}`,
            confidence: 0.85,
            part: 'cause',
            remedy: `Ask for strict tool calls from the model of ${step.agent}, or check its arguments before the call`,
          },
        ]
      })
    }),
}
