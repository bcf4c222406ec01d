/** What a provider of the scene does with one call. */

import { seededRandom } from '../../../src/base/random.ts'
import type { FaultCode } from '../../../src/protocol/fault.ts'
import type { ScriptedAnswer } from '../../../src/sandbox/scripted-transport.ts'
import { brokenBody, brokenStream, type Scripted } from './broken-answer.ts'
import { createDraw, type Draw } from './draw.ts'
import type { Doing, ModelScene, ProviderScene, RequestScene, Scene, Spell, Wait } from './scene.ts'
import type { Truth } from './truth.ts'
import { errorBody, type FullAnswer, fullAnswer, streamEvents, wholeBody } from './wire-answer.ts'

export interface ScriptedCall {
  readonly index: number
  readonly atMs: number
  readonly provider: string
  readonly model: string
  readonly key: string
  readonly stream: boolean
  readonly request: RequestScene
  /** What it is asked to go on with: as the beginning of its own answer, or by instruction. */
  readonly resumes?: { readonly said: string; readonly way: 'prefill' | 'continue' }
}

const dayMs = 24 * 3_600_000

export function scriptCall(scene: Scene, call: ScriptedCall): Scripted {
  const draw = createDraw(seededRandom(scene.seed * 7_919 + call.index * 104_729 + 1))
  const provider = scene.providers.find(({ name }) => name === call.provider)
  if (provider === undefined) throw new Error(`no provider ${call.provider}`)
  const model = provider.models.find(({ name }) => name === call.model)
  const scripted = act(doingNow(draw, provider, call), call, { draw, model })
  return {
    ...scripted,
    answer: { delayMs: draw.int(1, 120), pieceDelayMs: draw.int(0, 20), ...scripted.answer },
  }
}

/** The key first, then the provider's state, then the request itself, as providers check them. */
function doingNow(draw: Draw, provider: ProviderScene, call: ScriptedCall): Doing {
  const key = provider.keys.find(({ secret }) => secret === call.key)
  if (key === undefined || key.revokedAtMs <= call.atMs) return error(401, 'invalid_api_key')
  const spell = provider.spells.find((one) => holds(one, call) && draw.chance(one.share))
  if (spell) return spell.doing
  const { flaw } = call.request
  if (flaw === 'invalid') return error(400, 'invalid_request_error')
  if (flaw === 'policy') return error(400, 'content_policy_violation')
  const model = provider.models.find(({ name }) => name === call.model)
  if (flaw === 'large' && (model?.contextTokens ?? 0) < 10_000) return error(400, 'context_length_exceeded')
  if (call.resumes?.way === 'prefill' && model?.goingOn === 'refuses')
    return error(400, 'invalid_request_error')
  return { kind: 'answer' }
}

const error = (status: number, code: string): Doing => ({
  kind: 'error',
  status,
  code,
  wait: { form: 'none' },
  stalls: false,
  lateMs: 0,
})

function holds({ fromMs, untilMs, everyMs, ...about }: Spell, call: ScriptedCall): boolean {
  if (call.atMs < fromMs || call.atMs >= untilMs) return false
  if (about.model !== undefined && about.model !== call.model) return false
  if (about.key !== undefined && about.key !== call.key) return false
  return everyMs === undefined || Math.floor((call.atMs - fromMs) / everyMs) % 2 === 0
}

const beginning: readonly Doing['kind'][] = [
  'answer',
  'slow',
  'stall',
  'reset',
  'cut',
  'malformed',
  'error_in_band',
]

interface Stage {
  readonly draw: Draw
  readonly model: ModelScene | undefined
}

function answerOf(call: ScriptedCall, { draw, model }: Stage): FullAnswer {
  const { index, request, resumes } = call
  return fullAnswer({
    call: index,
    model: call.model,
    request: request.id,
    speech: request.speech,
    chance: draw.int(0, 99) / 100,
    ...(resumes ? { resumes: { said: resumes.said, goingOn: model?.goingOn ?? 'spaced' } } : {}),
  })
}

function act(doing: Doing, call: ScriptedCall, stage: Stage): Scripted {
  const { draw } = stage
  const answer = answerOf(call, stage)
  const truth = (fault?: FaultCode, mayTimeOut = false): Truth => ({
    doing: doing.kind === 'error' ? `${doing.status} ${doing.code}` : doing.kind,
    fault,
    mayTimeOut,
    goesOn: call.resumes !== undefined,
    mayBegin: call.stream && beginning.includes(doing.kind),
    answer,
  })
  const whole: ScriptedAnswer = call.stream ? { pieces: streamEvents(answer) } : { body: wholeBody(answer) }
  switch (doing.kind) {
    case 'answer':
      return { answer: call.stream ? { pieces: recut(draw, streamEvents(answer)) } : whole, truth: truth() }
    case 'slow':
      return {
        answer: { ...whole, delayMs: doing.headMs, pieceDelayMs: doing.pieceMs },
        truth: truth(undefined, true),
      }
    case 'error':
      return actError(
        { ...doing, wait: nowNamed(draw, doing.wait) },
        truth(errorCode(doing.status, doing.code), doing.stalls || doing.lateMs > 900),
      )
    case 'refused':
      return { answer: { refused: true, delayMs: draw.int(0, 5) }, truth: truth('upstream_unreachable') }
    case 'connect_timeout':
      return {
        answer: { connection: 'upstream_connect_timeout', delayMs: 1_000 },
        truth: truth('upstream_connect_timeout', true),
      }
    case 'html':
      return {
        answer: { body: '<html>', headers: { 'content-type': 'text/html' } },
        truth: truth('upstream_malformed'),
      }
    case 'compressed':
      return {
        answer: { ...whole, headers: { 'content-encoding': 'gzip' } },
        truth: truth('upstream_malformed'),
      }
    case 'empty':
      return { answer: call.stream ? { pieces: [] } : { body: '' }, truth: truth('upstream_empty') }
    case 'silent':
      return {
        answer: draw.chance(0.5) ? { delayMs: dayMs } : { pieces: [], ending: 'stall' },
        truth: truth('upstream_first_token_timeout', true),
      }
    case 'pings':
      return {
        answer: {
          pieces: Array.from({ length: 40 }, () => ': ping\n\n'),
          pieceDelayMs: 500,
          ending: 'stall',
        },
        truth: truth('upstream_first_token_timeout', true),
      }
    default:
      return call.stream ? brokenStream(doing, answer, truth) : brokenBody(doing, answer, truth)
  }
}

/** The same bytes in other pieces, cut in the middle of characters too. */
function recut(draw: Draw, events: readonly string[]): readonly (string | Uint8Array)[] {
  if (draw.chance(0.7)) return events
  const bytes = new TextEncoder().encode(events.join(''))
  const size = draw.int(20, 400)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
}

function errorCode(status: number, code: string): FaultCode {
  const known: Readonly<Record<string, FaultCode>> = {
    invalid_request_error: 'invalid_request',
    content_policy_violation: 'content_policy',
    context_length_exceeded: 'context_length_exceeded',
    insufficient_quota: 'upstream_quota',
    payment_required: 'upstream_quota',
    model_not_found: 'model_not_found',
    invalid_api_key: 'upstream_auth',
    rate_limit_exceeded: 'upstream_rate_limited',
    elsewhere: 'upstream_redirect',
    teapot: 'upstream_unknown',
    server_error: 'upstream_error',
    overloaded_error: 'upstream_overloaded',
  }
  const fault = known[code]
  if (fault === undefined) throw new Error(`no fault for ${status} ${code}`)
  return fault
}

function actError(doing: Doing & { kind: 'error' }, truth: Truth): Scripted {
  const body = errorBody(doing.code)
  return {
    answer: {
      ...(doing.lateMs > 0 ? { delayMs: doing.lateMs } : {}),
      status: doing.status,
      headers: { 'content-type': 'application/json', ...waitHeaders(doing.wait) },
      ...(doing.stalls ? { pieces: [body], ending: 'stall' } : { body }),
    },
    truth: { ...truth, ...('forMs' in doing.wait ? { namedMs: Math.min(dayMs, doing.wait.forMs) } : {}) },
  }
}

/** Each call is told a wait of its own. */
function nowNamed(draw: Draw, wait: Wait): Wait {
  if (!('forMs' in wait)) return wait
  const forMs = Math.max(1_000, Math.round((wait.forMs * draw.oneOf([1, 1, 0.3, 2])) / 1_000) * 1_000)
  return { ...wait, forMs }
}

function waitHeaders(wait: Wait): Readonly<Record<string, string>> {
  const seconds = 'forMs' in wait ? wait.forMs / 1_000 : 0
  const saidAtMs = 1_600_000_000_000
  const date = (atMs: number) => new Date(atMs).toUTCString()
  switch (wait.form) {
    case 'seconds':
      return { 'retry-after': String(seconds) }
    case 'ms':
      return { 'retry-after-ms': String(wait.forMs) }
    case 'date':
      return { date: date(saidAtMs), 'retry-after': date(saidAtMs + wait.forMs) }
    case 'reset':
      return {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': `${Math.floor(seconds / 60)}m${seconds % 60}s`,
      }
    case 'hostile':
      return { 'retry-after': wait.header }
    default:
      return {}
  }
}
