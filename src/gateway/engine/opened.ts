/** A request whose plan is made, before anybody was asked: from here it is answered by the cache or by its targets. */

import type { Config } from '../../config/config.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { Plan } from '../../protocol/plan.ts'
import type { StoredAnswer } from '../cache/stored-answer.ts'
import type { Policies } from '../policy/policies.ts'
import type { Answer, EngineParts, EngineRequest, PromptRewriter } from './engine-port.ts'
import type { HealthBook } from './health-book.ts'
import type { RequestLog } from './request-log.ts'

export interface Opened {
  readonly parts: EngineParts
  readonly policies: Policies
  readonly health: HealthBook
  readonly rewriter: PromptRewriter
  readonly asked: EngineRequest
  readonly leave: () => void
  readonly config: Config
  readonly log: RequestLog
  readonly plan: Plan
}

export interface AskOptions {
  /** Given where every target fails. */
  readonly stale?: StoredAnswer | undefined
  /** Why the one who asks did not stay, where others share the answer. */
  readonly departure?: () => Fault | undefined
}

/** Walks the plan until one target has answered or none is left. */
export type Ask = (opened: Opened, options?: AskOptions) => Promise<Answer>
