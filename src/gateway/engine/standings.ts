/** How every configured target stands now: circuits and keys, for metrics and health. */

import type { Config } from '../../config/config.ts'
import type { ExplainedTarget } from '../../protocol/explanation.ts'
import type { Target } from '../../protocol/plan.ts'
import { explainView } from './explain.ts'
import type { HealthBook } from './health-book.ts'

/** The models providers declare and those that routes name, each once. */
export function configuredTargets(config: Config): readonly Target[] {
  const declared = [...config.providers.values()].flatMap(({ name, models }) =>
    models.map((model) => ({ provider: name, model: model.name })),
  )
  const routed = [...config.routes.values()].flatMap(({ targets }) =>
    targets.flatMap(({ provider, models }) => models.map((model) => ({ provider, model }))),
  )
  const all = [...routed, ...declared]
  return [...new Map(all.map((target) => [`${target.provider}\n${target.model}`, target])).values()]
}

export function standings(config: Config, health: HealthBook): readonly ExplainedTarget[] {
  return configuredTargets(config).map((target) => explainView(health.view(target)))
}
