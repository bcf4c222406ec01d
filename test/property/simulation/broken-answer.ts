/** Answers that begin well: bodies and streams that stall, break, end early or turn into an error. */

import type { FaultCode } from '../../../src/protocol/fault.ts'
import type { ScriptedAnswer } from '../../../src/sandbox/scripted-transport.ts'
import type { Doing } from './scene.ts'
import type { Truth } from './truth.ts'
import { errorBody, type FullAnswer, finishAt, streamEvents, wholeBody } from './wire-answer.ts'

export interface Scripted {
  readonly answer: ScriptedAnswer
  readonly truth: Truth
}

export type Damage = Doing & { readonly share: number }
export type TellTruth = (fault?: FaultCode, mayTimeOut?: boolean) => Truth

export function brokenBody(doing: Damage, answer: FullAnswer, truth: TellTruth): Scripted {
  const body = wholeBody(answer)
  const part = body.slice(0, Math.floor(body.length * Math.min(0.95, doing.share)))
  const pieces = part === '' ? [] : [part]
  const headers = { 'content-type': 'application/json' }
  switch (doing.kind) {
    case 'stall':
      return { answer: { pieces, headers, ending: 'stall' }, truth: truth('upstream_response_timeout', true) }
    case 'reset':
      return { answer: { pieces, headers, ending: 'reset' }, truth: truth('upstream_cut') }
    case 'cut':
      return {
        answer: { pieces, headers },
        truth: truth(part === '' ? 'upstream_empty' : 'upstream_malformed'),
      }
    case 'error_in_band':
      return { answer: { body: errorBody('server_error') }, truth: truth('upstream_error') }
    default:
      return { answer: { body: `${part}!` }, truth: truth('upstream_malformed') }
  }
}

/** A stream whose finish was said is whole, whatever becomes of its connection. */
export function brokenStream(doing: Damage, answer: FullAnswer, truth: TellTruth): Scripted {
  const events = streamEvents(answer)
  const count = Math.floor(doing.share * (events.length - 1))
  const pieces = events.slice(0, count)
  const isWhole = count > finishAt(answer)
  switch (doing.kind) {
    case 'stall':
      return {
        answer: { pieces, ending: 'stall' },
        truth: truth(isWhole ? undefined : 'upstream_idle_timeout', true),
      }
    case 'reset':
    case 'cut': {
      const half = events[count]?.slice(0, 25) ?? ''
      const cut = count === 0 && doing.kind === 'reset' ? [] : [...pieces, half]
      const fault = isWhole ? undefined : count === 0 ? 'upstream_empty' : 'upstream_cut'
      return {
        answer: { pieces: cut, ending: doing.kind === 'reset' ? 'reset' : 'end' },
        truth: truth(fault),
      }
    }
    case 'error_in_band':
      return {
        answer: { pieces: [...pieces, `data: ${errorBody('server_error')}\n\n`] },
        truth: truth(isWhole ? undefined : 'upstream_error'),
      }
    default:
      return {
        answer: { pieces: [...pieces, 'data: {"choices":[{\n\n'] },
        // What comes behind a told finish takes nothing from the answer.
        truth: truth(isWhole ? undefined : 'upstream_malformed'),
      }
  }
}
