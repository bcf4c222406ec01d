/** Reads system and messages of a Messages body: tool results leave their user message and become messages of their own. */

import { isRecord } from '../../../base/text.ts'
import {
  type ContentPart,
  isDialect,
  type MediaSource,
  type Message,
  type ToolCall,
} from '../../../protocol/chat.ts'
import { filled, present } from '../present.ts'
import { readRedacted, readSignature } from './foreign-state.ts'
import type { WireBlock, WireMessage, WireRequest } from './wire.ts'

export interface ReadMessages {
  readonly messages: readonly Message[]
  /** Places in the messages that the shared form cannot hold. */
  readonly unmapped: readonly string[]
}

interface Memory {
  readonly toolNames: Map<string, string>
  readonly unmapped: string[]
}

export function readMessages({ system, messages: wire }: WireRequest): ReadMessages {
  const memory: Memory = { toolNames: new Map(), unmapped: [] }
  const messages: Message[] = []
  const instructions = readBlocks(blocksOf(system), 'system', memory)
  if (instructions.length > 0) messages.push({ role: 'system', content: instructions })
  for (const [at, message] of wire.entries())
    messages.push(...readMessage(message, `messages.${at}.content`, memory))
  const marks = [...marksOf(blocksOf(system), 'system'), ...wire.flatMap(marksOfMessage)]
  return { messages, unmapped: [...new Set([...memory.unmapped, ...marks])] }
}

const marksOfMessage = ({ content }: WireMessage) => marksOf(blocksOf(content), 'messages.content')

/** Fields of blocks that say something to Anthropic alone: where to cache, what to cite, what a document is about. */
function marksOf(blocks: readonly WireBlock[], place: string): readonly string[] {
  return blocks.flatMap(({ cache_control: cache, citations, context }) => [
    ...(isRecord(cache) ? [`${place}.cache_control`] : []),
    ...(isRecord(citations) && citations['enabled'] === true ? [`${place}.citations`] : []),
    ...(filled(context) === undefined ? [] : [`${place}.context`]),
  ])
}

function readMessage({ role, content }: WireMessage, place: string, memory: Memory): Message[] {
  const blocks = blocksOf(content)
  if (role === 'system') return [{ role, content: readBlocks(blocks, place, memory) }]
  if (role === 'assistant') {
    const spoken = blocks.filter(({ type }) => type !== 'tool_use')
    const toolCalls = blocks.filter(({ type }) => type === 'tool_use').map((call) => readCall(call, memory))
    return [{ role, content: readBlocks(spoken, place, memory), toolCalls }]
  }
  const results = blocks.filter(({ type }) => type === 'tool_result')
  const said = readBlocks(
    blocks.filter(({ type }) => type !== 'tool_result'),
    place,
    memory,
  )
  const answers = results.map((result) => readResult(result, place, memory))
  return said.length > 0 || answers.length === 0 ? [...answers, { role: 'user', content: said }] : answers
}

function blocksOf(content: WireMessage['content'] | null | undefined): readonly WireBlock[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  return content ?? []
}

function readCall(block: WireBlock, memory: Memory): ToolCall {
  const id = filled(block['id']) ?? ''
  const name = filled(block['name']) ?? ''
  memory.toolNames.set(id, name)
  const state = isRecord(block['adaptive_state']) ? block['adaptive_state'] : {}
  const from = state['from']
  return present({
    id,
    name,
    arguments: JSON.stringify(block['input'] ?? {}),
    signature: filled(state['signature']),
    from: isDialect(from) && from !== 'anthropic' ? from : undefined,
  })
}

function readResult(block: WireBlock, place: string, memory: Memory): Message {
  const toolCallId = filled(block['tool_use_id']) ?? ''
  const wire = block['content']
  const blocks = Array.isArray(wire) ? wire.filter(isRecord).map(typed) : blocksOf(filled(wire))
  return present({
    role: 'tool',
    toolCallId,
    toolName: memory.toolNames.get(toolCallId),
    content: readBlocks(blocks, `${place}.tool_result`, memory),
    isError: block['is_error'] === true ? true : undefined,
  })
}

const typed = (block: Record<string, unknown>): WireBlock => ({ ...block, type: String(block['type']) })

function readBlocks(blocks: readonly WireBlock[], place: string, memory: Memory): ContentPart[] {
  return blocks.flatMap((block) => {
    const read = readBlock(block)
    if (read === undefined) memory.unmapped.push(`${place}.${block.type}`)
    return read ?? []
  })
}

/** Undefined for a block that the shared form cannot hold. */
function readBlock(block: WireBlock): ContentPart[] | undefined {
  switch (block.type) {
    case 'text': {
      const text = filled(block['text'])
      return text === undefined ? [] : [{ kind: 'text', text }]
    }
    case 'image': {
      const source = readSource(block['source'])
      return source && [{ kind: 'image', source }]
    }
    case 'document':
      return readDocument(block)
    case 'thinking': {
      const wire = filled(block['signature'])
      const text = filled(block['thinking']) ?? ''
      return [{ kind: 'reasoning', text, ...(wire === undefined ? {} : readSignature(wire)) }]
    }
    case 'redacted_thinking':
      return [{ kind: 'reasoning', text: '', ...readRedacted(filled(block['data']) ?? '') }]
    default:
      return undefined
  }
}

function readDocument(block: WireBlock): ContentPart[] | undefined {
  const wire = isRecord(block['source']) ? block['source'] : {}
  if (wire['type'] === 'text' && typeof wire['data'] === 'string')
    return [{ kind: 'text', text: wire['data'] }]
  const source = readSource(wire)
  return source && [present({ kind: 'file', source, name: filled(block['title']) })]
}

function readSource(wire: unknown): MediaSource | undefined {
  if (!isRecord(wire)) return undefined
  const { type, media_type: mediaType, data, url } = wire
  if (type === 'base64' && typeof data === 'string')
    return { kind: 'base64', mediaType: filled(mediaType) ?? 'application/octet-stream', data }
  return type === 'url' && typeof url === 'string' ? { kind: 'url', url } : undefined
}
