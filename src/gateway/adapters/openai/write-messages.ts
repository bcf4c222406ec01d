/** Writes the messages of a request that came in another dialect. Thinking is not sent: it is its provider's own. */

import type { ChatRequest, ContentPart, Message, ToolCall } from '../../../protocol/chat.ts'
import { present } from '../present.ts'
import { addressOf, writeParts } from '../write-parts.ts'

type Wire = Record<string, unknown>

export interface WrittenMessages {
  readonly messages: readonly Wire[]
  /** Names of what could not be said. */
  readonly dropped: readonly string[]
}

export function writeMessages(request: Pick<ChatRequest, 'messages'>): WrittenMessages {
  const dropped = new Set<string>()
  const messages: Wire[] = []
  let shown: Wire[] = []
  // A tool's answer takes text only, so its pictures follow as the user's, after the last answer of the run.
  const flush = () => {
    if (shown.length > 0) messages.push({ role: 'user', content: shown })
    shown = []
  }
  for (const message of request.messages) {
    if (message.role !== 'tool') flush()
    messages.push(writeMessage(message, dropped))
    if (message.role === 'tool')
      shown.push(...writeParts(message.content.filter(isMedia), writePart, dropped))
  }
  flush()
  return { messages, dropped: [...dropped] }
}

function writeMessage(message: Message, dropped: Set<string>): Wire {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: textOf(message.content) }
    case 'user':
      return present({ role: 'user', content: writeUser(message.content, dropped), name: message.name })
    case 'tool':
      if (message.isError) dropped.add('is_error')
      return { role: 'tool', tool_call_id: message.toolCallId, content: textOf(message.content) }
    case 'assistant':
      return writeAssistant(message)
  }
}

function writeAssistant(message: Extract<Message, { role: 'assistant' }>): Wire {
  const text = textOf(message.content)
  const calls = message.toolCalls.map(writeCall)
  return present({
    role: 'assistant',
    content: text === '' && (calls.length > 0 || message.refusal !== undefined) ? null : text,
    refusal: message.refusal,
    tool_calls: calls.length > 0 ? calls : undefined,
  })
}

function writeCall(call: ToolCall): Wire {
  const name = call.name
  return { id: call.id, type: 'function', function: { name, arguments: call.arguments || '{}' } }
}

function writeUser(content: readonly ContentPart[], dropped: Set<string>): unknown {
  const [only] = content
  if (content.length === 1 && only?.kind === 'text') return only.text
  const parts = writeParts(content, writePart, dropped)
  return parts.length === 0 ? '' : parts
}

/** Undefined for what this wire cannot say: a file by its address, thinking. */
function writePart(part: ContentPart): Wire | undefined {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image':
      return { type: 'image_url', image_url: present({ url: addressOf(part.source), detail: part.detail }) }
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } }
    case 'file':
      if (part.source.kind === 'url') return undefined
      return { type: 'file', file: { filename: part.name ?? 'file', file_data: addressOf(part.source) } }
    case 'reasoning':
      return undefined
  }
}

function isMedia(part: ContentPart): boolean {
  return part.kind !== 'text' && part.kind !== 'reasoning'
}

function textOf(content: readonly ContentPart[]): string {
  const texts = content.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  return texts.join('\n')
}
