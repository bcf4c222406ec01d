/** The time limits of one request under the plan that was made for it. */
import type { Config } from '../../config/config.ts'
import type { Plan } from '../../protocol/plan.ts'
import { type RequestTimes, requestTimes } from '../policy/profile.ts'
import type { EngineParts, EngineRequest } from './engine-port.ts'

export interface TimedAsking {
  readonly parts: Pick<EngineParts, 'catalogue'>
  readonly config: Config
  readonly asked: Pick<EngineRequest, 'request' | 'extension'>
  /** Absent where no plan could be made. */
  readonly plan?: Pick<Plan, 'targets'> | undefined
}

export function timesOf({ parts, config, asked, plan }: TimedAsking): RequestTimes {
  const reasons = (plan?.targets ?? []).some((target) => {
    const provider = config.providers.get(target.provider)
    return provider !== undefined && parts.catalogue.facts(provider, target.model).reasoning === true
  })
  return requestTimes(config, { route: asked.request.model, extension: asked.extension, reasons })
}
