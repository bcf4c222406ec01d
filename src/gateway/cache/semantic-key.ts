/** Parts a request into what must be equal and what may be said in other words: the text of its last user message. */

import { hash } from 'node:crypto'
import { type KeyedRequest, withRest } from './cache-key.ts'

export interface Alike {
  /** 64 hex digits over all that must be equal for two requests to be compared at all. */
  readonly setting: string
  /** What is compared by its meaning. */
  readonly text: string
}

/** Fields of callers' bodies that hold the conversation; it is compared in its read form. */
const conversation: ReadonlySet<string> = new Set(['messages', 'input', 'contents'])

/** Undefined for what must not be compared by meaning: tools, and last messages that are not text of the user alone. */
export function alike(keyed: KeyedRequest): Alike | undefined {
  const { messages, tools, body, appended } = keyed.request
  const last = messages.at(-1)
  if (last?.role !== 'user' || tools.length > 0 || (appended ?? []).length > 0) return undefined
  const texts = last.content.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  const text = texts.join('\n').trim()
  if (texts.length < last.content.length || text === '') return undefined
  const rest = Object.fromEntries(Object.entries(body).filter(([name]) => !conversation.has(name)))
  const setting = hash('sha256', withRest(keyed, [rest, messages.slice(0, -1)]), 'hex')
  return { setting, text }
}
