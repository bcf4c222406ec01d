/** The plan of a request, from the configuration and what is known of models. */

import type { Outcome } from '../../base/outcome.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { Plan } from '../../protocol/plan.ts'
import type { Policies } from '../policy/policies.ts'
import type { EngineParts, EngineRequest } from './engine-port.ts'

/** `draw` is a number in [0, 1), drawn anew where none is given. */
export function planFor(
  parts: EngineParts,
  policies: Policies,
  asked: Pick<EngineRequest, 'request' | 'extension'>,
  draw?: number,
): Outcome<Plan, Fault> {
  const config = parts.config()
  return policies.makePlan(asked, config, {
    abilities(target) {
      const provider = config.providers.get(target.provider)
      return provider ? parts.catalogue.facts(provider, target.model) : {}
    },
    costUsd: parts.catalogue.costUsd,
    knows: parts.catalogue.knows,
    learned: parts.learned && { scoreOf: parts.learned, draw: draw ?? parts.random() },
  })
}
