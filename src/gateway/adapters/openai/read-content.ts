/** What an answer's message or delta says: text, thinking, refusal, and the names of what we cannot hold. */

import { isRecord } from '../../../base/text.ts'
import { type ContentPart, type Dialect, isDialect } from '../../../protocol/chat.ts'
import { filled, present } from '../present.ts'

export type Said = Extract<ContentPart, { kind: 'text' | 'reasoning' }>

export interface Content {
  readonly parts: readonly Said[]
  readonly unsupported: readonly string[]
}

export interface OpaqueState {
  readonly signature?: string
  readonly redacted?: string
  readonly text?: string
  readonly from: Dialect
}

const extras = ['audio', 'annotations', 'images', 'executed_tools', 'citations']

/** Thinking first, then content in the wire's order; empty texts are left out. */
export function readContent(message: Readonly<Record<string, unknown>>): Content {
  const parts: Said[] = []
  const unsupported = extras.filter((name) => holdsSomething(message[name]))
  const thought = filled(message['reasoning_content']) ?? filled(message['reasoning'])
  if (thought !== undefined) parts.push({ kind: 'reasoning', text: thought })
  const content = message['content']
  if (typeof content === 'string' && content !== '') parts.push({ kind: 'text', text: content })
  if (Array.isArray(content)) for (const part of content) readPart(part, parts, unsupported)
  return { parts, unsupported }
}

/** The states in `adaptive_state`, one or a list of them; those that say not whose they are are left out. */
export function readStates(wire: unknown): readonly OpaqueState[] {
  const list: unknown[] = Array.isArray(wire) ? wire : [wire]
  return list.filter(isRecord).flatMap((item) => {
    const from = item['from']
    if (!isDialect(from)) return []
    const signature = filled(item['signature'])
    const redacted = filled(item['redacted'])
    return [present({ signature, redacted, text: filled(item['text']), from })]
  })
}

/** Mistral's content parts; `thinking` holds parts itself. */
function readPart(part: unknown, parts: Said[], unsupported: string[]): void {
  if (!isRecord(part)) return
  const type = filled(part['type']) ?? 'part'
  if (type === 'text') {
    const text = filled(part['text'])
    if (text !== undefined) parts.push({ kind: 'text', text })
  } else if (type === 'thinking') {
    const text = thinkingText(part['thinking'])
    if (text !== '') parts.push({ kind: 'reasoning', text })
  } else unsupported.push(type)
}

function thinkingText(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking
  if (!Array.isArray(thinking)) return ''
  return thinking.map((part) => (isRecord(part) ? (filled(part['text']) ?? '') : '')).join('')
}

function holdsSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  return value !== undefined && value !== null
}
