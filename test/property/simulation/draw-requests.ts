/** Draws the callers of the storm: when they ask, for what, and whether they stay. */

import type { Config, RecoveryWay } from '../../../src/config/config.ts'
import type { Extension } from '../../../src/protocol/extension.ts'
import type { Target } from '../../../src/protocol/plan.ts'
import type { Draw } from './draw.ts'
import {
  configAt,
  type ProviderScene,
  type RequestScene,
  type Scene,
  type Speech,
  type Storm,
} from './scene.ts'

export const everyWay: readonly RecoveryWay[] = ['prefill', 'align', 'continue']

export function drawRequests(
  draw: Draw,
  about: Pick<Scene, 'configs' | 'providers'>,
  { stormMs, isDense }: Storm,
): readonly RequestScene[] {
  const times: number[] = []
  const count = isDense ? draw.int(25, 50) : draw.int(8, 24)
  while (times.length < count) {
    const atMs = draw.int(0, stormMs - 1)
    // A burst arrives in one moment, or within a few.
    const size = draw.chance(0.3) ? draw.int(2, 5) : 1
    const spreadMs = draw.oneOf([0, 0, 3, 300])
    for (let at = 0; at < size; at += 1) times.push(atMs + at * spreadMs)
  }
  return times
    .sort((one, other) => one - other)
    .map((atMs, at) =>
      drawRequest(
        draw,
        { config: configAt(about, atMs), providers: about.providers },
        { id: `r${at + 1}`, atMs },
      ),
    )
}

interface Asking {
  readonly config: Config
  readonly providers: readonly ProviderScene[]
}

function drawRequest(
  draw: Draw,
  asking: Asking,
  at: { readonly id: string; readonly atMs: number },
): RequestScene {
  const { config } = asking
  const extension = drawExtension(draw, config)
  const named = drawNames(draw, config)
  const flaw = draw.weighted<RequestScene['flaw']>([
    [14, undefined],
    [1, 'invalid'],
    [1, 'policy'],
    [2, 'large'],
  ])
  return {
    ...at,
    ...named,
    ...wish(asking, named, extension),
    phase: 'storm',
    tenant: draw.oneOf(['default', 'other']),
    recovery: config.routes.get(named.model)?.recovery ?? everyWay,
    speech: drawSpeech(draw),
    stream: draw.chance(0.6),
    extension,
    totalMs: totalMs(config, extension),
    ...(extension.profile === 'phone' ? { streamMs: extension.deadline_ms ?? phoneStreamMs } : {}),
    flaw,
    readForMs: draw.weighted([
      [17, 0],
      [2, draw.int(1, 400)],
      [1, draw.int(700, 4_000)],
    ]),
    ...(draw.chance(0.15)
      ? { leaves: draw.chance(0.7) ? { afterMs: draw.int(0, 3_000) } : { afterChunks: draw.int(1, 6) } }
      : {}),
  }
}

const drawSpeech = (draw: Draw): Speech =>
  draw.chance(0.5)
    ? { voice: 'same', cut: draw.oneOf(['after', 'before', 'anywhere'] as const) }
    : { voice: 'own', cut: draw.oneOf(['after', 'before'] as const) }

const phoneStreamMs = 120_000

/** The shortest of all that were named. */
function totalMs(config: Config, { deadline_ms: deadlineMs, profile }: Extension): number {
  const limits = [config.timeouts.totalMs, deadlineMs ?? Number.POSITIVE_INFINITY]
  return Math.min(...limits, profile === 'phone' ? 2_000 : Number.POSITIVE_INFINITY)
}

interface Named {
  readonly model: string
  readonly models?: readonly string[]
}

function drawNames(draw: Draw, config: Config): Named {
  const name = () => {
    if (draw.chance(0.8)) return draw.oneOf([...config.routes.keys()])
    const provider = draw.oneOf([...config.providers.values()])
    return `${provider.name}/${draw.oneOf(provider.models).name}`
  }
  if (draw.chance(0.02)) return { model: 'nobody' }
  const model = name()
  return draw.chance(0.05) ? { model, models: [name(), name(), name()] } : { model }
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
    ...(draw.chance(0.1) ? { max_estimated_cost_usd: draw.oneOf([0.05, 0.5]) } : {}),
    ...(Object.keys(priorityMap).length > 0 ? { model_priority_map: priorityMap } : {}),
  }
}

/** The order the user asked for, told anew and not by the gateway's own planner. */
function wish(
  { config, providers }: Asking,
  named: Named,
  extension: Extension,
): Pick<RequestScene, 'wanted' | 'refusedAs'> {
  const { model_priority_map: map, preferred_provider: preferred, max_estimated_cost_usd: capUsd } = extension
  const names = named.models ?? [named.model]
  if (!map && names.includes('nobody')) return { wanted: [], refusedAs: 'unknown_model' }
  const rows = map ? Object.entries(map) : names.flatMap((name) => rowsOf(config, name))
  const all = rows.flatMap(([provider, models]) => models.map((model) => ({ provider, model })))
  const once = all.filter((one, at) => all.findIndex((other) => isSame(one, other)) === at)
  const wanted = [
    ...once.filter(({ provider }) => provider === preferred),
    ...once.filter(({ provider }) => provider !== preferred),
  ].filter((target) => capUsd === undefined || priceOf(providers, target) <= capUsd)
  return wanted.length > 0 ? { wanted } : { wanted, refusedAs: 'cost_cap_exceeded' }
}

function rowsOf(config: Config, name: string): readonly (readonly [string, readonly string[]])[] {
  const route = config.routes.get(name)
  if (route) return route.targets.map(({ provider, models }) => [provider, models] as const)
  return [[name.split('/')[0] ?? '', [name.split('/')[1] ?? '']]]
}

const isSame = (one: Target, other: Target) => one.provider === other.provider && one.model === other.model

export function priceOf(providers: readonly ProviderScene[], { provider, model }: Target): number {
  const models = providers.find(({ name }) => name === provider)?.models
  return models?.find(({ name }) => name === model)?.priceUsd ?? 0
}
