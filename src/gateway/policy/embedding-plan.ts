/** Narrows a plan to targets whose vectors may stand beside each other. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { LeftOut, Plan, Target } from '../../protocol/plan.ts'

export interface VectorFacts {
  /** Why a target cannot give the vectors that are asked for. */
  readonly obstacle: (target: Target) => string | undefined
  /** The caller's configuration says that vectors of all targets of the route are comparable. */
  readonly mayMix: boolean
}

/**
 * The first target that can give vectors names the model; others stay only if they have the same, for vectors of
 * different models cannot be compared. Targets that cannot give them are left out with their reason.
 */
export function embeddingPlan(plan: Plan, { obstacle, mayMix }: VectorFacts): Outcome<Plan, Fault> {
  const leftOut: LeftOut[] = [...plan.leftOut]
  const targets: Target[] = []
  for (const target of plan.targets) {
    const because = obstacle(target) ?? (mayMix ? undefined : otherModel(targets[0], target))
    if (because === undefined) targets.push(target)
    else leftOut.push({ ...target, because })
  }
  if (targets.length > 0 || leftOut.length === 0) return done({ ...plan, targets, leftOut })
  const reasons = leftOut.map(({ provider, model, because }) => `${provider}/${model}: ${because}`)
  return failed(makeFault('not_implemented', `no target gives these embeddings: ${reasons.join('; ')}`))
}

function otherModel(first: Target | undefined, target: Target): string | undefined {
  if (first === undefined || vectorFamily(first.model) === vectorFamily(target.model)) return undefined
  return `its vectors are not those of ${first.model}`
}

/** One model has one family at every provider: `openai/x`, `models/x` and `x:latest` are `x`. */
export const vectorFamily = (model: string): string =>
  (model.toLowerCase().split('/').at(-1) ?? '').replace(/:latest$/, '')
