/** Draws the configuration as a file would say it, and the files that take its place while the engine runs. */

import type { z } from 'zod'
import type { Config } from '../../../src/config/config.ts'
import { configSchema } from '../../../src/config/schema.ts'
import { toConfig } from '../../../src/config/to-config.ts'
import type { Draw } from './draw.ts'
import type { ProviderScene, Storm } from './scene.ts'

type File = z.input<typeof configSchema>

/** The first configuration, and what it is changed to while requests run. */
export function drawConfigs(
  draw: Draw,
  providers: readonly ProviderScene[],
  { stormMs, isDense }: Storm,
): readonly { readonly fromMs: number; readonly config: Config }[] {
  let file = drawFile(draw, providers)
  if (isDense)
    file = { ...file, breaker: { ...file.breaker, trip_after: draw.int(1, 2), open_for_ms: 1_000 } }
  const configs = [{ fromMs: 0, config: configOf(file) }]
  if (draw.chance(0.7)) return configs
  const times = draw.times(draw.int(1, 3), () => draw.int(1, stormMs))
  for (const atMs of [...new Set(times)].sort((one, other) => one - other)) {
    file = changed(draw, file, providers)
    // Between whole milliseconds, at which requests ask.
    configs.push({ fromMs: atMs + 0.5, config: configOf(file) })
  }
  return configs
}

function configOf(file: File): Config {
  const config = toConfig(configSchema.parse(file))
  if (!config.ok) throw new Error(JSON.stringify(config.fault))
  return config.value
}

function drawFile(draw: Draw, providers: readonly ProviderScene[]): File {
  return {
    providers: Object.fromEntries(
      providers.map(({ name, keys, models }) => [
        name,
        {
          dialect: 'openai' as const,
          base_url: `http://${name}.test/v1`,
          keys: keys.filter(({ isSpare }) => !isSpare).map(({ secret }) => secret),
          models: models.map((model) => model.name),
        },
      ]),
    ),
    routes: {
      route1: drawRoute(draw, providers),
      route2: drawRoute(draw, providers),
    },
    ...drawLimits(draw),
    retries: { per_minute: draw.oneOf([0, 2, 10]) },
    key_pool: { rest_cap_ms: draw.oneOf([5_000, 60_000]) },
    unknown_faults: draw.oneOf(['server', 'server', 'fatal'] as const),
    ledger: { mode: draw.oneOf(['best-effort', 'best-effort', 'required'] as const) },
  }
}

function drawLimits(draw: Draw): Pick<File, 'timeouts' | 'attempts' | 'breaker'> {
  return {
    timeouts: {
      total_ms: draw.oneOf([4_000, 8_000, 20_000, 20_000]),
      connect_ms: 1_000,
      first_token_ms: draw.oneOf([1_000, 3_000]),
      idle_ms: draw.oneOf([600, 2_000]),
      response_ms: draw.oneOf([2_000, 5_000]),
    },
    attempts: {
      max: draw.oneOf([1, 2, 3, 4, 6, 12, 12]),
      same_try: draw.oneOf([1, 2, 2, 3]),
      base_ms: draw.oneOf([50, 250]),
      max_ms: draw.oneOf([500, 4_000]),
      patience_ms: draw.oneOf([0, 1_000, 2_500]),
    },
    breaker: drawBreaker(draw),
  }
}

function drawBreaker(draw: Draw): File['breaker'] {
  return {
    trip_after: draw.oneOf([1, 2, 3, 5]),
    open_for_ms: draw.oneOf([1_000, 5_000, 15_000]),
    jitter: draw.oneOf([0, 0.1, 0.5]),
    grow_after_ms: draw.oneOf([0, 20_000, 300_000]),
    open_cap_ms: draw.oneOf([30_000, 300_000]),
    probes: draw.oneOf([1, 1, 2, 3]),
    probe_lease_ms: draw.oneOf([2_000, 30_000]),
    min_calls: draw.oneOf([4, 20]),
    failed_share: draw.oneOf([0.3, 0.5]),
  }
}

function drawRoute(draw: Draw, providers: readonly ProviderScene[]): Route {
  return {
    targets: drawTargets(draw, providers),
    streams: { recovery: drawRecovery(draw) },
    ...(draw.chance(0.2)
      ? {
          hedge: {
            mode: 'on',
            quantile: 0.5,
            min_calls: draw.int(1, 3),
            at_least_ms: draw.oneOf([0, 50, 250]),
          },
        }
      : {}),
  }
}

const everyWay = ['prefill', 'align', 'continue'] as const

const drawRecovery = (draw: Draw) =>
  draw.weighted([
    [3, [...everyWay]],
    [2, []],
    [2, draw.shuffled(everyWay).slice(0, draw.int(1, 3))],
  ])

type Route = NonNullable<File['routes']>[string]
type Targets = Route['targets']

/** Mostly provider by provider, sometimes with the models of one provider apart. */
function drawTargets(draw: Draw, providers: readonly ProviderScene[]): Targets {
  const whole = draw.shuffled(providers).map(({ name, models }) => ({
    provider: name,
    models: models.map((one) => one.name),
  }))
  if (draw.chance(0.75)) return whole
  const firsts = whole.map(({ provider, models }) => ({ provider, models: models.slice(0, 1) }))
  const rests = whole.map(({ provider, models }) => ({ provider, models: models.slice(1) }))
  const apart = [...firsts.slice(0, 2), ...rests, ...firsts.slice(2)]
  return apart.filter(({ models }) => models.length > 0)
}

/** One change, as an operator makes it. */
function changed(draw: Draw, file: File, providers: readonly ProviderScene[]): File {
  const { providers: rows = {}, routes = {} } = file
  const names = Object.keys(rows)
  const name = draw.oneOf(names)
  const row = rows[name]
  const spare = providers.find((one) => one.name === name)?.keys.find(({ isSpare }) => isSpare)?.secret
  const keys = row?.keys ?? []
  const withKeys = (kept: readonly string[]): File => ({
    ...file,
    providers: { ...rows, [name]: { ...row, keys: [...kept] } },
  })
  return draw.weighted<() => File>([
    [2, () => withKeys(spare && !keys.includes(spare) ? [...keys, spare] : keys)],
    [2, () => (keys.length > 1 ? withKeys(keys.filter((_, at) => at !== 0)) : file)],
    [2, () => (names.length > 1 ? withoutProvider(file, name) : file)],
    [2, () => ({ ...file, routes: draw.chance(0.5) ? turned(routes) : routes, ...drawLimits(draw) })],
    [1, () => ({ ...file, routes: turned(routes) })],
  ])()
}

function withoutProvider(file: File, name: string): File {
  const { providers = {}, routes = {} } = file
  const left = Object.entries(routes).map(
    ([route, row]) =>
      [route, { ...row, targets: row.targets.filter((one) => one.provider !== name) }] as const,
  )
  const rows = Object.entries(providers).filter(([provider]) => provider !== name)
  return { ...file, providers: Object.fromEntries(rows), routes: Object.fromEntries(left) }
}

const turned = (routes: NonNullable<File['routes']>): NonNullable<File['routes']> =>
  Object.fromEntries(
    Object.entries(routes).map(([route, row]) => [route, { ...row, targets: [...row.targets].reverse() }]),
  )
