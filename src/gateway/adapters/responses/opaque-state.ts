/** Carries the opaque state of any provider in a reasoning item's `encrypted_content`, which clients return unchanged. */

import { isRecord, parseJson } from '../../../base/text.ts'
import { type Dialect, isDialect } from '../../../protocol/chat.ts'
import { filled, present } from '../present.ts'

export interface ThoughtState {
  readonly signature?: string
  readonly redacted?: string
  readonly from: Dialect
}

export interface CallState {
  readonly id: string
  readonly signature: string
  readonly from: Dialect
}

/** What one reasoning item holds: the state of its own thought, and that of the calls behind it. */
export interface OpaqueState {
  readonly thought?: ThoughtState
  readonly calls: readonly CallState[]
}

const mark = 'adaptive:'
const markBase64 = Buffer.from(mark).toString('base64')

/** Undefined where there is nothing to hold. */
export function packState({ thought, calls }: OpaqueState): string | undefined {
  if (thought === undefined && calls.length === 0) return undefined
  const json = JSON.stringify(present({ thought, calls: calls.length > 0 ? calls : undefined }))
  return Buffer.from(mark + json).toString('base64')
}

/** Undefined for content that OpenAI encrypted, which only OpenAI can read. */
export function unpackState(text: string): OpaqueState | undefined {
  if (!text.startsWith(markBase64)) return undefined
  const held = parseJson(Buffer.from(text, 'base64').toString('utf8').slice(mark.length))
  if (!isRecord(held)) return undefined
  const calls: unknown[] = Array.isArray(held['calls']) ? held['calls'] : []
  const thought = readThought(held['thought'])
  return { ...(thought ? { thought } : {}), calls: calls.flatMap(readCall) }
}

function readThought(held: unknown): ThoughtState | undefined {
  if (!isRecord(held) || !isDialect(held['from'])) return undefined
  const { from } = held
  return present({ signature: filled(held['signature']), redacted: filled(held['redacted']), from })
}

function readCall(held: unknown): CallState[] {
  if (!isRecord(held) || !isDialect(held['from'])) return []
  const id = filled(held['id'])
  const signature = filled(held['signature'])
  return id === undefined || signature === undefined ? [] : [{ id, signature, from: held['from'] }]
}
