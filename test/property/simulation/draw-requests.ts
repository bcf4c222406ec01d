/** Draws the callers of the storm: when they ask, for what, and whether they stay. */

import type { Config } from '../../../src/config/config.ts'
import type { Extension } from '../../../src/protocol/extension.ts'
import type { Target } from '../../../src/protocol/plan.ts'
import type { Draw } from './draw.ts'
import type { RequestScene } from './scene.ts'

export function drawRequests(draw: Draw, config: Config, stormMs: number): readonly RequestScene[] {
  const times: number[] = []
  const count = draw.int(8, 24)
  while (times.length < count) {
    const atMs = draw.int(0, stormMs - 1)
    // A burst arrives in one moment, or within a few.
    const size = draw.chance(0.3) ? draw.int(2, 5) : 1
    const spreadMs = draw.oneOf([0, 0, 3, 300])
    for (let at = 0; at < size; at += 1) times.push(atMs + at * spreadMs)
  }
  return times
    .sort((one, other) => one - other)
    .map((atMs, at) => drawRequest(draw, config, { id: `r${at + 1}`, atMs }))
}

function drawRequest(
  draw: Draw,
  config: Config,
  at: { readonly id: string; readonly atMs: number },
): RequestScene {
  const extension = drawExtension(draw, config)
  const model = drawModel(draw, config)
  const limits = [config.timeouts.totalMs, extension.deadline_ms ?? Infinity]
  if (extension.profile === 'phone') limits.push(2_000)
  const flaw = draw.weighted<RequestScene['flaw']>([
    [14, undefined],
    [1, 'invalid'],
    [1, 'policy'],
    [2, 'large'],
  ])
  return {
    ...at,
    phase: 'storm',
    model,
    wanted: wantedTargets(config, model, extension),
    stream: draw.chance(0.55),
    extension,
    totalMs: Math.min(...limits),
    flaw,
    readForMs: draw.chance(0.1) ? draw.int(1, 400) : 0,
    ...(draw.chance(0.15)
      ? { leaves: draw.chance(0.7) ? { afterMs: draw.int(0, 3_000) } : { afterChunks: draw.int(1, 6) } }
      : {}),
  }
}

function drawModel(draw: Draw, config: Config): string {
  const routes = [...config.routes.keys()]
  if (draw.chance(0.8)) return draw.oneOf(routes)
  const provider = draw.oneOf([...config.providers.values()])
  return `${provider.name}/${draw.oneOf(provider.models).name}`
}

function drawExtension(draw: Draw, config: Config): Extension {
  const providers = [...config.providers.values()]
  const map = () =>
    Object.fromEntries(
      providers
        .filter(() => draw.chance(0.7))
        .map(({ name, models }) => [name, models.map((model) => model.name).reverse()]),
    )
  const priorityMap = draw.chance(0.1) ? map() : {}
  return {
    ...(draw.chance(0.15) ? { deadline_ms: draw.int(100, 5_000) } : {}),
    ...(draw.chance(0.1) ? { profile: draw.oneOf(['phone', 'chat', 'batch'] as const) } : {}),
    ...(draw.chance(0.15) ? { preferred_provider: draw.oneOf(providers).name } : {}),
    ...(Object.keys(priorityMap).length > 0 ? { model_priority_map: priorityMap } : {}),
  }
}

/** The order the user asked for, told anew and not by the gateway's own planner. */
export function wantedTargets(config: Config, model: string, extension: Extension): readonly Target[] {
  const rows: readonly (readonly [string, readonly string[]])[] = extension.model_priority_map
    ? Object.entries(extension.model_priority_map)
    : (config.routes.get(model)?.targets.map(({ provider, models }) => [provider, models] as const) ?? [
        [model.split('/')[0] ?? '', [model.split('/')[1] ?? '']],
      ])
  const targets = rows.flatMap(([provider, models]) => models.map((name) => ({ provider, model: name })))
  const preferred = extension.preferred_provider
  return [
    ...targets.filter(({ provider }) => provider === preferred),
    ...targets.filter(({ provider }) => provider !== preferred),
  ]
}
