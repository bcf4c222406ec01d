/** Draws a scene from a seed: providers and what befalls them, limits, callers and what they do. */

import { seededRandom } from '../../../src/base/random.ts'
import type { Config } from '../../../src/config/config.ts'
import { noExtension } from '../../../src/protocol/extension.ts'
import { createDraw, type Draw } from './draw.ts'
import { drawConfigs } from './draw-config.ts'
import { drawRequests, everyWay } from './draw-requests.ts'
import { drawSpells } from './draw-spells.ts'
import type { GoingOn, LedgerScene, ModelScene, ProviderScene, RequestScene, Scene, Storm } from './scene.ts'

const dayMs = 24 * 3_600_000
/** Longer than any circuit stays open and any window counts. */
const pauseMs = 400_000

export function drawScene(seed: number): Scene {
  const draw = createDraw(seededRandom(seed))
  const storm = drawStorm(draw)
  const { stormMs } = storm
  const providers = draw.times(draw.int(1, storm.isDense ? 2 : 4), (at) =>
    drawProvider(draw, 'abcd'.charAt(at), storm),
  )
  const configs = drawConfigs(draw, providers, storm)
  const requests = drawRequests(draw, { configs, providers }, storm)
  const last = configs.at(-1)?.config
  if (last === undefined) throw new Error('a scene has a configuration')
  // Nobody is under way any more, and every circuit may be asked for a probe.
  const calm = calmRequests(last, stormMs + last.timeouts.totalMs + pauseMs)
  return {
    seed,
    providers,
    configs,
    requests: [...requests, ...calm],
    ledger: drawLedger(draw, stormMs),
    wallSteps: draw.chance(0.3)
      ? draw.times(draw.int(1, 3), () => ({
          atMs: draw.int(0, stormMs),
          byMs: draw.int(-7_200, 7_200) * 1_000,
        }))
      : [],
    calmAtMs: stormMs,
    endMs: Math.max(...calm.map(({ atMs }) => atMs)) + last.timeouts.totalMs + dayMs,
  }
}

/** Some are outages of many minutes, some a crowd at one place that fails and answers by turns, fast and late. */
function drawStorm(draw: Draw): Storm {
  return draw.weighted<() => Storm>([
    [78, () => ({ stormMs: draw.int(10, 60) * 1_000, isDense: false })],
    [7, () => ({ stormMs: draw.int(400, 1_200) * 1_000, isDense: false })],
    [15, () => ({ stormMs: draw.int(6, 12) * 1_000, isDense: true })],
  ])()
}

function drawProvider(draw: Draw, name: string, { stormMs, isDense }: Storm): ProviderScene {
  const models: readonly ModelScene[] = draw.times(draw.int(1, isDense ? 2 : 3), (at) => ({
    name: `m${at + 1}`,
    contextTokens: draw.oneOf([4_000, 8_000, 100_000]),
    isStated: draw.chance(0.7),
    prefill: draw.chance(0.5),
    goingOn: draw.oneOf<GoingOn>(['spaced', 'plain', 'repeats', 'refuses']),
    priceUsd: draw.oneOf([0.01, 0.1, 1]),
  }))
  const keys = draw.times(draw.int(1, 3) + 1, (at) => ({
    secret: at === 0 ? 'k9' : `k${at}`,
    revokedAtMs: draw.chance(0.08) ? draw.int(0, stormMs) : Number.POSITIVE_INFINITY,
    isSpare: at === 0,
  }))
  const secrets = keys.map(({ secret }) => secret)
  const spells = draw.chance(0.2) ? [] : drawSpells(draw, { models, keys: secrets, stormMs, isDense })
  return { name, models, keys, spells }
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
        tenant: 'default',
        recovery: everyWay,
        speech: { voice: 'own', cut: 'after' },
        stream: (at + round) % 2 === 0,
        extension: noExtension,
        totalMs: config.timeouts.totalMs,
        readForMs: 0,
      }),
    ),
  )
}
