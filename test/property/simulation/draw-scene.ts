/** Draws a scene from a seed: providers and what befalls them, limits, callers and what they do. */

import { seededRandom } from '../../../src/base/random.ts'
import type { Config, ProviderConfig } from '../../../src/config/config.ts'
import { noExtension } from '../../../src/protocol/extension.ts'
import { createDraw, type Draw } from './draw.ts'
import { drawRequests } from './draw-requests.ts'
import { drawSpells } from './draw-spells.ts'
import type { LedgerScene, ModelScene, ProviderScene, RequestScene, Scene } from './scene.ts'

const dayMs = 24 * 3_600_000

export function drawScene(seed: number): Scene {
  const draw = createDraw(seededRandom(seed))
  const stormMs = draw.int(10, 60) * 1_000
  const providers = draw.times(draw.int(1, 4), (at) => drawProvider(draw, 'abcd'.charAt(at), stormMs))
  const config = drawConfig(draw, providers)
  const requests = drawRequests(draw, config, stormMs)
  // Nobody is under way any more, and every circuit may be asked for a probe.
  const calmAtMs = stormMs + config.timeouts.totalMs + 2 * config.breaker.openForMs + 1_000
  const calm = calmRequests(config, calmAtMs)
  return {
    seed,
    providers,
    config,
    requests: [...requests, ...calm],
    ledger: drawLedger(draw, stormMs),
    wallSteps: draw.chance(0.3)
      ? draw.times(draw.int(1, 3), () => ({
          atMs: draw.int(0, stormMs),
          byMs: draw.int(-7_200, 7_200) * 1_000,
        }))
      : [],
    calmAtMs: stormMs,
    endMs: Math.max(...calm.map(({ atMs }) => atMs)) + config.timeouts.totalMs + dayMs,
  }
}

function drawProvider(draw: Draw, name: string, stormMs: number): ProviderScene {
  const models: readonly ModelScene[] = draw.times(draw.int(1, 3), (at) => ({
    name: `m${at + 1}`,
    contextTokens: draw.oneOf([4_000, 8_000, 100_000]),
    isStated: draw.chance(0.7),
  }))
  const keys = draw.times(draw.int(1, 3), (at) => ({
    secret: `k${at + 1}`,
    revokedAtMs: draw.chance(0.08) ? draw.int(0, stormMs) : Number.POSITIVE_INFINITY,
  }))
  const secrets = keys.map(({ secret }) => secret)
  const spells = draw.chance(0.2) ? [] : drawSpells(draw, { models, keys: secrets, stormMs })
  return { name, models, keys, spells }
}

function drawConfig(draw: Draw, providers: readonly ProviderScene[]): Config {
  const routes = draw.times(draw.int(1, 2), (at) => ({
    name: `route${at + 1}`,
    targets: drawTargets(draw, providers),
    strategy: 'priority' as const,
    recovery: [],
    rewrite: false,
  }))
  return {
    server: { host: '127.0.0.1', port: 0, bodyLimitBytes: 1_048_576, drainMs: 1_000 },
    providers: new Map(providers.map((scene) => [scene.name, providerConfig(scene)])),
    routes: new Map(routes.map((route) => [route.name, route])),
    timeouts: {
      totalMs: draw.oneOf([4_000, 8_000, 20_000, 20_000]),
      connectMs: 1_000,
      firstTokenMs: draw.oneOf([1_000, 3_000]),
      idleMs: draw.oneOf([600, 2_000]),
      responseMs: draw.oneOf([2_000, 5_000]),
    },
    attempts: {
      max: draw.oneOf([1, 2, 3, 4, 6, 12, 12]),
      sameTry: draw.oneOf([1, 2, 2, 3]),
      baseMs: draw.oneOf([50, 250]),
      maxMs: draw.oneOf([500, 4_000]),
      patienceMs: draw.oneOf([0, 1_000, 2_500]),
    },
    breaker: { tripAfter: draw.oneOf([1, 2, 3, 5]), openForMs: draw.oneOf([1_000, 5_000, 15_000]) },
    keyPool: {
      penalty: 0.5,
      healingIntervalMs: 3_600_000,
      healingIncrement: 0.1,
      restCapMs: draw.oneOf([5_000, 60_000]),
    },
    unknownFaults: draw.oneOf(['server', 'server', 'fatal']),
    chatPerMinute: 100,
    ledger: {
      previews: 'redacted',
      mode: draw.oneOf(['best-effort', 'best-effort', 'required']),
      commitWaitMs: 250,
      synchronous: 'normal',
    },
  }
}

function providerConfig({ name, keys, models }: ProviderScene): ProviderConfig {
  return {
    name,
    dialect: 'openai',
    baseUrl: `http://${name}.test/v1`,
    keys: keys.map(({ secret }) => secret),
    keyless: false,
    models: models.map((model) => ({ name: model.name })),
    simulated: true,
  }
}

/** Mostly provider by provider, sometimes with the models of one provider apart. */
function drawTargets(draw: Draw, providers: readonly ProviderScene[]) {
  const shuffled = draw.shuffled(providers)
  const whole = shuffled.map(({ name, models }) => ({
    provider: name,
    models: models.map((one) => one.name),
  }))
  if (draw.chance(0.75)) return whole
  const firsts = whole.map(({ provider, models }) => ({ provider, models: models.slice(0, 1) }))
  const rests = whole.map(({ provider, models }) => ({ provider, models: models.slice(1) }))
  const apart = [...firsts.slice(0, 2), ...rests, ...firsts.slice(2)]
  return apart.filter(({ models }) => models.length > 0)
}

function drawLedger(draw: Draw, stormMs: number): LedgerScene {
  const delayMs = draw.oneOf([0, 0, 2, 250])
  if (draw.chance(0.8)) return { delayMs, outages: [] }
  const fromMs = draw.int(0, stormMs)
  return { delayMs, outages: [{ fromMs, untilMs: fromMs + draw.int(100, 10_000) }] }
}

/** Each target by itself, three times: to close circuits, to find them closed, and when every rest is over. */
function calmRequests(config: Config, fromMs: number): readonly RequestScene[] {
  const pairs = [...config.providers.values()].flatMap(({ name, models }) =>
    models.map((model) => ({ provider: name, model: model.name })),
  )
  const gapMs = 2_000
  const starts = [fromMs, fromMs + pairs.length * gapMs, fromMs + 25 * 3_600_000]
  return starts.flatMap((startMs, round) =>
    pairs.map(
      (target, at): RequestScene => ({
        id: `calm${round + 1}-${at + 1}`,
        atMs: startMs + at * gapMs,
        phase: `calm${(round + 1) as 1 | 2 | 3}`,
        model: `${target.provider}/${target.model}`,
        wanted: [target],
        stream: (at + round) % 2 === 0,
        extension: noExtension,
        totalMs: config.timeouts.totalMs,
        readForMs: 0,
      }),
    ),
  )
}
