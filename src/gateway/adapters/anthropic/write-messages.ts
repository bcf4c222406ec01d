/** Writes the messages of a request that came in another dialect: system apart, roles in turn, tool results first. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { ChatRequest, ContentPart, MediaSource, Message, ToolCall } from '../../../protocol/chat.ts'
import { present } from '../present.ts'

type Wire = Record<string, unknown>

export interface WrittenMessages {
  readonly system: string | undefined
  readonly messages: readonly Wire[]
  /** Names of what could not be said. */
  readonly dropped: readonly string[]
}

interface Turn {
  readonly role: 'user' | 'assistant'
  readonly blocks: Wire[]
}

export function writeMessages(request: Pick<ChatRequest, 'messages'>): WrittenMessages {
  const dropped = new Set<string>()
  const instructions: string[] = []
  const turns: Turn[] = []
  for (const message of request.messages) {
    if (message.role === 'system') {
      instructions.push(textOf(message.content))
      continue
    }
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const blocks = writeBlocks(message, dropped)
    const last = turns.at(-1)
    if (last?.role === role) last.blocks.push(...blocks)
    else if (blocks.length > 0) turns.push({ role, blocks: [...blocks] })
  }
  const system = instructions.filter((text) => text !== '').join('\n\n')
  return {
    system: system === '' ? undefined : system,
    messages: turns.map((turn, at) => writeTurn(turn, at === turns.length - 1)),
    dropped: [...dropped],
  }
}

/** The last words of a prefilled answer may not end in white space. */
function writeTurn({ role, blocks }: Turn, isLast: boolean): Wire {
  const ordered = [...blocks.filter(isResult), ...blocks.filter((block) => !isResult(block))]
  const last = ordered.at(-1)
  if (isLast && role === 'assistant' && typeof last?.['text'] === 'string')
    ordered[ordered.length - 1] = { ...last, text: last['text'].trimEnd() }
  const only = ordered[0]
  return ordered.length === 1 && only?.['type'] === 'text'
    ? { role, content: only['text'] }
    : { role, content: ordered }
}

const isResult = (block: Wire) => block['type'] === 'tool_result'

function writeBlocks(message: Exclude<Message, { role: 'system' }>, dropped: Set<string>): Wire[] {
  switch (message.role) {
    case 'user':
      if (message.name !== undefined) dropped.add('messages.name')
      return writeParts(message.content, dropped)
    case 'assistant':
      return [
        ...message.content.flatMap(writeThought),
        ...writeParts(message.content, dropped),
        ...(message.refusal ? [{ type: 'text', text: message.refusal }] : []),
        ...message.toolCalls.map(writeCall),
      ]
    case 'tool':
      return [
        present({
          type: 'tool_result',
          tool_use_id: wireId(message.toolCallId),
          content: writeParts(message.content, dropped),
          is_error: message.isError,
        }),
      ]
  }
}

/** Only what Anthropic signed itself may come back to it. */
function writeThought(part: ContentPart): Wire[] {
  if (part.kind !== 'reasoning' || part.from !== 'anthropic') return []
  if (part.redacted !== undefined) return [{ type: 'redacted_thinking', data: part.redacted }]
  return part.signature === undefined
    ? []
    : [{ type: 'thinking', thinking: part.text, signature: part.signature }]
}

function writeCall(call: ToolCall): Wire {
  const input = parseJson(call.arguments)
  return { type: 'tool_use', id: wireId(call.id), name: call.name, input: isRecord(input) ? input : {} }
}

/** Ids of other dialects may hold characters that Anthropic refuses. */
const wireId = (id: string) => id.replace(/[^a-zA-Z0-9_-]/g, '_') || 'call'

function writeParts(content: readonly ContentPart[], dropped: Set<string>): Wire[] {
  return content.flatMap((part) => {
    if (part.kind === 'reasoning' || (part.kind === 'text' && part.text === '')) return []
    const written = writePart(part)
    if (written === undefined) dropped.add(`messages.content.${part.kind}`)
    if (part.kind === 'image' && (part.detail === 'low' || part.detail === 'high'))
      dropped.add('messages.content.detail')
    return written === undefined ? [] : [written]
  })
}

function writePart(part: Exclude<ContentPart, { kind: 'reasoning' }>): Wire | undefined {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image':
      return { type: 'image', source: writeSource(part.source) }
    case 'file':
      return present({ type: 'document', source: writeSource(part.source), title: part.name })
    case 'audio':
      return undefined
  }
}

function writeSource(source: MediaSource): Wire {
  return source.kind === 'url'
    ? { type: 'url', url: source.url }
    : { type: 'base64', media_type: source.mediaType, data: source.data }
}

const textOf = (content: readonly ContentPart[]) =>
  content.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n')
