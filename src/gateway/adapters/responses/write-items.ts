/** Writes messages as the items of `input`. */

import type { ContentPart, Message } from '../../../protocol/chat.ts'
import { present } from '../present.ts'
import { addressOf, writeParts } from '../write-parts.ts'
import { splitSeal } from './seal.ts'

type Wire = Record<string, unknown>

export interface WrittenItems {
  readonly items: readonly Wire[]
  /** Names of what could not be said. */
  readonly dropped: readonly string[]
}

export function writeItems(messages: readonly Message[]): WrittenItems {
  const dropped = new Set<string>()
  const items = messages.flatMap((message) => writeMessage(message, dropped))
  return { items, dropped: [...dropped] }
}

function writeMessage(message: Message, dropped: Set<string>): readonly Wire[] {
  switch (message.role) {
    case 'system':
      return [{ type: 'message', role: 'system', content: writeParts(message.content, writePart, dropped) }]
    case 'user':
      if (message.name !== undefined) dropped.add('messages.name')
      return [{ type: 'message', role: 'user', content: writeParts(message.content, writePart, dropped) }]
    case 'tool':
      if (message.isError) dropped.add('is_error')
      return [
        {
          type: 'function_call_output',
          call_id: message.toolCallId,
          output: writeOutput(message.content, dropped),
        },
      ]
    case 'assistant':
      return writeTurn(message)
  }
}

/** A turn of the model: its thinking, where this provider sealed it, what it said, and its calls. */
function writeTurn(message: Extract<Message, { role: 'assistant' }>): readonly Wire[] {
  const { content, toolCalls, refusal } = message
  const said: readonly Wire[] = [
    ...content.flatMap((part) =>
      part.kind === 'text' && part.text !== ''
        ? [{ type: 'output_text', text: part.text, annotations: [] }]
        : [],
    ),
    ...(refusal === undefined ? [] : [{ type: 'refusal', refusal }]),
  ]
  return [
    ...content.flatMap(writeThought),
    ...(said.length > 0 ? [{ type: 'message', role: 'assistant', content: said }] : []),
    ...toolCalls.map(({ id, name, arguments: json }) => ({
      type: 'function_call',
      call_id: id,
      name,
      arguments: json || '{}',
    })),
  ]
}

/** Thinking that another provider signed is its own. */
function writeThought(part: ContentPart): readonly Wire[] {
  if (part.kind !== 'reasoning' || part.from !== 'responses' || part.signature === undefined) return []
  const { id, sealed } = splitSeal(part.signature)
  const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }]
  return [{ type: 'reasoning', id, summary, encrypted_content: sealed }]
}

function writeOutput(content: readonly ContentPart[], dropped: Set<string>): string | readonly Wire[] {
  const parts = writeParts(content, writePart, dropped)
  const texts = content.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  return texts.length === parts.length ? texts.join('\n') : parts
}

/** Undefined for what this wire cannot say: audio, thinking. */
function writePart(part: ContentPart): Wire | undefined {
  switch (part.kind) {
    case 'text':
      return { type: 'input_text', text: part.text }
    case 'image':
      return { type: 'input_image', image_url: addressOf(part.source), detail: part.detail ?? 'auto' }
    case 'file':
      return part.source.kind === 'url'
        ? { type: 'input_file', file_url: part.source.url }
        : present({ type: 'input_file', filename: part.name ?? 'file', file_data: addressOf(part.source) })
    case 'audio':
    case 'reasoning':
      return undefined
  }
}
