/** From the name a caller puts in `model` to the targets it stands for. */

import type { Config, RouteConfig } from '../../config/config.ts'
import type { Target } from '../../protocol/plan.ts'

/** Worked out once for each route: every request asks. */
const known = new WeakMap<RouteConfig, readonly Target[]>()

function targetsOf(route: RouteConfig): readonly Target[] {
  const made =
    known.get(route) ??
    route.targets.flatMap(({ provider, models }) => models.map((model) => ({ provider, model })))
  known.set(route, made)
  return made
}

/** A route, then `provider/model`, then a model that providers declare, then one the catalogue knows. */
export function resolveModel(
  name: string,
  config: Config,
  knows: (provider: string, model: string) => boolean,
): readonly Target[] {
  const route = config.routes.get(name)
  if (route) return targetsOf(route)
  const slash = name.indexOf('/')
  const provider = slash > 0 ? config.providers.get(name.slice(0, slash)) : undefined
  if (provider) {
    const model = name.slice(slash + 1)
    const known = provider.models.length === 0 || provider.models.some((one) => one.name === model)
    return known && model !== '' ? [{ provider: provider.name, model }] : []
  }
  // A provider that declares models has those and no others.
  return [...config.providers.values()]
    .filter((one) =>
      one.models.length > 0 ? one.models.some((model) => model.name === name) : knows(one.name, name),
    )
    .map((one) => ({ provider: one.name, model: name }))
}
