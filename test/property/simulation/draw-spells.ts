/** Draws what befalls one provider: spells of every fault that providers are known for. */

import type { Draw } from './draw.ts'
import type { Doing, ModelScene, Spell, Wait } from './scene.ts'

export function drawSpells(
  draw: Draw,
  about: {
    readonly models: readonly ModelScene[]
    readonly keys: readonly string[]
    readonly stormMs: number
    readonly isDense: boolean
  },
): readonly Spell[] {
  if (about.isDense) return drawTurns(draw, about.stormMs)
  const spells: Spell[] = []
  let fromMs = draw.chance(0.5) ? 0 : draw.int(0, about.stormMs / 4)
  while (fromMs < about.stormMs) {
    const untilMs = Math.min(about.stormMs, fromMs + draw.int(500, about.stormMs / 2))
    spells.push(drawSpell(draw, { ...about, fromMs, untilMs }))
    fromMs = draw.chance(0.4) ? fromMs + draw.int(100, 5_000) : untilMs + draw.int(0, about.stormMs / 4)
  }
  return spells
}

/** One call fails at once, the next late or slowly, the next not at all. */
function drawTurns(draw: Draw, stormMs: number): readonly Spell[] {
  const all = { fromMs: 0, untilMs: stormMs }
  const slow: Doing = { kind: 'slow', headMs: draw.int(500, 4_000), pieceMs: draw.int(10, 300) }
  return [
    { ...all, doing: drawDoing(draw), share: draw.oneOf([0.2, 0.4, 0.6]) },
    { ...all, doing: drawDoing(draw), share: draw.oneOf([0.1, 0.3]) },
    { ...all, doing: slow, share: 0.5 },
  ]
}

function drawSpell(
  draw: Draw,
  about: {
    readonly models: readonly ModelScene[]
    readonly keys: readonly string[]
    readonly fromMs: number
    readonly untilMs: number
  },
): Spell {
  const doing = drawDoing(draw)
  const ofKey = doing.kind === 'error' && [401, 402, 403, 429].includes(doing.status)
  return {
    fromMs: about.fromMs,
    untilMs: about.untilMs,
    doing,
    share: draw.weighted([
      [6, 1],
      [2, 0.6],
      [1, 0.2],
    ]),
    ...(ofKey && draw.chance(0.6) ? { key: draw.oneOf(about.keys) } : {}),
    ...(!ofKey && draw.chance(0.5) ? { model: draw.oneOf(about.models).name } : {}),
    ...(draw.chance(0.2) ? { everyMs: draw.int(200, 5_000) } : {}),
  }
}

const noWait: Wait = { form: 'none' }

function drawDoing(draw: Draw): Doing {
  const share = draw.oneOf([0, 0.2, 0.5, 0.8, 1])
  const error = (status: number, code: string, wait: Wait = noWait): Doing => ({
    kind: 'error',
    status,
    code,
    wait,
    stalls: draw.chance(0.05),
    lateMs: draw.chance(0.2) ? draw.int(200, 6_000) : 0,
  })
  return draw.weighted<() => Doing>([
    [4, () => error(500, 'server_error', draw.chance(0.2) ? drawWait(draw) : noWait)],
    [3, () => error(draw.oneOf([503, 529]), 'overloaded_error', draw.chance(0.4) ? drawWait(draw) : noWait)],
    [5, () => error(429, 'rate_limit_exceeded', drawWait(draw))],
    [1, () => error(429, 'insufficient_quota', draw.chance(0.2) ? drawWait(draw) : noWait)],
    [1, () => error(402, 'payment_required')],
    [1, () => error(draw.oneOf([401, 403]), 'invalid_api_key')],
    [1, () => error(404, 'model_not_found')],
    [1, () => error(418, 'teapot')],
    [1, () => error(302, 'elsewhere')],
    [3, () => ({ kind: 'refused' })],
    [2, () => ({ kind: 'connect_timeout' })],
    [2, () => ({ kind: 'silent' })],
    [1, () => ({ kind: 'html' })],
    [1, () => ({ kind: 'empty' })],
    [1, () => ({ kind: 'pings' })],
    [1, () => ({ kind: 'compressed' })],
    [2, () => ({ kind: 'slow', headMs: draw.int(200, 4_000), pieceMs: draw.int(10, 900) })],
    [2, () => ({ kind: 'stall', share })],
    [2, () => ({ kind: 'reset', share })],
    [2, () => ({ kind: 'cut', share })],
    [1, () => ({ kind: 'malformed', share })],
    [2, () => ({ kind: 'error_in_band', share })],
  ])()
}

/** Waits in every form in which providers name them, and in forms that name none. */
function drawWait(draw: Draw): Wait {
  const forMs = draw.weighted([
    [4, draw.int(1, 5) * 500],
    [3, draw.int(3, 30) * 1_000],
    [1, draw.int(1, 40) * 3_600_000],
  ])
  const wholeMs = Math.ceil(forMs / 1_000) * 1_000
  return draw.weighted<Wait>([
    [4, noWait],
    [3, { form: 'seconds', forMs }],
    [2, { form: 'ms', forMs }],
    [2, { form: 'date', forMs: wholeMs }],
    [1, { form: 'reset', forMs: wholeMs }],
    [1, { form: 'hostile', header: draw.oneOf(['-1', 'NaN', '1e9', 'soon', '', 'Infinity', '-5000']) }],
  ])
}
