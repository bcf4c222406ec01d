/** Carries other dialects' opaque state in a thought signature, the one field that Gemini's clients return unchanged. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { Dialect } from '../../../protocol/chat.ts'
import { filled, present } from '../present.ts'

export interface OpaqueState {
  readonly signature?: string
  readonly redacted?: string
  readonly from?: Dialect
}

/** Nine bytes, so that their base64 stands at the beginning of every packed state. */
const mark = 'adaptive:'
const markBase64 = Buffer.from(mark).toString('base64')

/** Gemini's own state is sent as it is; without `from` the text only says that Gemini did not sign here. */
export function packState({ signature, redacted, from }: OpaqueState): string {
  const own = from === 'gemini' ? (signature ?? redacted) : undefined
  if (own !== undefined) return own
  const json = JSON.stringify(present({ from, signature, redacted }))
  return Buffer.from(mark + json).toString('base64')
}

/** Whether a thought signature holds state that is not Gemini's. */
export function isForeign(signature: unknown): boolean {
  return typeof signature === 'string' && signature.startsWith(markBase64)
}

/** What a thought signature holds; nothing where it only says that Gemini did not sign. */
export function unpackState(text: string): OpaqueState {
  if (!isForeign(text)) return { signature: text, from: 'gemini' }
  // Some clients write the URL alphabet; Node reads both.
  const held = parseJson(Buffer.from(text, 'base64').toString('utf8').slice(mark.length))
  if (!isRecord(held)) return {}
  const from = held['from']
  if (from !== 'openai' && from !== 'anthropic') return {}
  return present({ signature: filled(held['signature']), redacted: filled(held['redacted']), from })
}
