/** What becomes of a call: one pure decision over key, limits and rule. */

import type { LimitAnswer } from './rate-limits.ts'
import type { Rule, Taken } from './rules.ts'

/** Where and how an answer breaks. */
export interface Break {
  readonly afterEvents: number
  readonly how: Rule['break_with']
}

export type Verdict =
  | { readonly kind: 'stall' }
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'fault'
      readonly status: number
      readonly message: string
      readonly code?: string
      readonly retryAfterMs?: number
    }
  | { readonly kind: 'body'; readonly status: number; readonly text: string }
  | {
      readonly kind: 'replay'
      readonly status: number
      readonly text: string
      readonly as: 'json' | 'sse'
      readonly breaks?: Break
    }
  | {
      readonly kind: 'answer'
      readonly refusal: boolean
      /** How the model itself words its refusal. */
      readonly words?: string
      readonly breaks?: Break
    }

export interface Case {
  readonly isKeyKnown: boolean
  readonly limit: LimitAnswer
  readonly taken: Taken | undefined
}

/** A rule's stall or reset stands above all; keys and limits above its answers; a status it names above limits. */
export function decide({ isKeyKnown, limit, taken }: Case): Verdict {
  const rule = taken?.rule
  if (rule?.stall) return { kind: 'stall' }
  if (rule?.reset) return { kind: 'reset' }
  if (!isKeyKnown) return { kind: 'fault', status: 401, message: 'simulated: this key is not accepted' }
  if (limit.exceeded && rule?.status === undefined) return limited(limit.exceeded)
  return rule ? ordered(rule) : { kind: 'answer', refusal: false }
}

function ordered(rule: Rule): Verdict {
  const { status = 200, body, replay, code, message, after_events: afterEvents } = rule
  const breaks = afterEvents === undefined ? undefined : { afterEvents, how: rule.break_with }
  if (body !== undefined) return { kind: 'body', status, text: body }
  if (replay) return { kind: 'replay', status, text: replay.text ?? '', as: replay.as, breaks }
  if (status !== 200) return { kind: 'fault', status, message: message ?? `simulated error ${status}`, code }
  const { refusal } = rule
  return { kind: 'answer', refusal, ...(refusal && message !== undefined ? { words: message } : {}), breaks }
}

function limited({ what, limit, retryAfterMs }: NonNullable<LimitAnswer['exceeded']>): Verdict {
  const message = `simulated: the limit of ${limit} ${what} per minute is reached`
  return { kind: 'fault', status: 429, message, retryAfterMs }
}

/** HTTP status of the answer; 0 where none is sent. */
export function statusOf(verdict: Verdict): number {
  if (verdict.kind === 'stall' || verdict.kind === 'reset') return 0
  return verdict.kind === 'answer' ? 200 : verdict.status
}

/** The verdict in a few words, for the log. */
export function wordsFor(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'stall':
      return 'never answers'
    case 'reset':
      return 'resets the connection'
    case 'fault':
      return `fails: ${verdict.message}`
    case 'body':
      return 'sends the text of the rule'
    case 'replay':
      return `replays a recording${breakWords(verdict.breaks)}`
    case 'answer':
      return `${verdict.refusal ? 'refuses by policy' : 'answers'}${breakWords(verdict.breaks)}`
  }
}

const breakWords = (breaks: Break | undefined) =>
  breaks ? `, breaks after ${breaks.afterEvents} events (${breaks.how})` : ''
