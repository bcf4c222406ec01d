/** Reads the messages of a chat-completions body. */

import { isRecord } from '../../../base/text.ts'
import type { ContentPart, MediaSource, Message, ToolCall } from '../../../protocol/chat.ts'
import { filled, present } from '../present.ts'
import { readContent, readStates } from './read-content.ts'
import type { WireMessage } from './wire.ts'

type WirePart = Readonly<Record<string, unknown>>

export interface ReadMessages {
  readonly messages: readonly Message[]
  /** Places in the messages that the shared form cannot hold. */
  readonly unmapped: readonly string[]
}

/** What is known while reading on: which tool an id belongs to, and the id given to the last nameless call. */
interface Memory {
  readonly toolNames: Map<string, string>
  readonly unmapped: string[]
  functionCallId: string | undefined
  functionCalls: number
}

export function readMessages(wire: readonly WireMessage[]): ReadMessages {
  const memory: Memory = { toolNames: new Map(), unmapped: [], functionCallId: undefined, functionCalls: 0 }
  const messages = wire.map((message, at) => readMessage(message, `messages.${at}`, memory))
  return { messages, unmapped: memory.unmapped }
}

function readMessage(wire: WireMessage, place: string, memory: Memory): Message {
  const content = readParts(wire.content, place, memory)
  switch (wire.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content }
    case 'user':
      return wire.name === undefined ? { role: 'user', content } : { role: 'user', content, name: wire.name }
    case 'assistant':
      return readAssistant(wire, { place, content }, memory)
    case 'tool': {
      const toolCallId = wire.tool_call_id ?? ''
      return present({ role: 'tool', toolCallId, toolName: memory.toolNames.get(toolCallId), content })
    }
    case 'function': {
      const toolName = wire.name ?? ''
      return { role: 'tool', toolCallId: memory.functionCallId ?? `call_${toolName}`, toolName, content }
    }
  }
}

function readAssistant(
  wire: WireMessage,
  said: { place: string; content: readonly ContentPart[] },
  memory: Memory,
): Message {
  const toolCalls = [...readToolCalls(wire, memory), ...readFunctionCall(wire, memory)]
  if (wire['audio']) memory.unmapped.push(`${said.place}.audio`)
  return present({
    role: 'assistant',
    content: [...readThinking(wire), ...said.content],
    toolCalls,
    refusal: wire.refusal ?? refusalPart(wire.content),
  })
}

/** A single state belongs to `reasoning_content`; states of a list carry their own text. */
function readThinking(wire: WireMessage): ContentPart[] {
  const spoken = wire.reasoning_content ?? ''
  const states = readStates(wire['adaptive_state'])
  if (states.length === 0) return spoken === '' ? [] : [{ kind: 'reasoning', text: spoken }]
  const told = states.some((state) => state.text !== undefined)
  return states.map(({ signature, redacted, text, from }, at) =>
    present({
      kind: 'reasoning',
      text: told ? (text ?? '') : at === 0 ? spoken : '',
      signature,
      redacted,
      from,
    }),
  )
}

function readToolCalls(wire: WireMessage, memory: Memory): ToolCall[] {
  return (wire.tool_calls ?? []).map((call) => {
    memory.toolNames.set(call.id, call.function.name)
    const [state] = readStates(call['adaptive_state'])
    return present<ToolCall>({
      id: call.id,
      name: call.function.name,
      arguments: call.function.arguments.trim() === '' ? '{}' : call.function.arguments,
      signature: state?.signature,
      from: state?.signature === undefined ? undefined : state.from,
    })
  })
}

/** The older way to call one function, which has no id. */
function readFunctionCall(wire: WireMessage, memory: Memory): ToolCall[] {
  const call = isRecord(wire['function_call']) ? wire['function_call'] : {}
  const name = filled(call['name'])
  if (name === undefined) return []
  const id = `call_function_${memory.functionCalls}`
  memory.functionCalls += 1
  memory.functionCallId = id
  return [{ id, name, arguments: filled(call['arguments']) ?? '{}' }]
}

function readParts(content: WireMessage['content'], place: string, memory: Memory): ContentPart[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  return content.flatMap((part, at) => {
    if (part.type === 'refusal') return []
    const read = readPart(part)
    if (read === undefined) memory.unmapped.push(`${place}.content.${at}`)
    return read ?? []
  })
}

/** Undefined for a part that the shared form cannot hold. */
function readPart(part: WirePart): ContentPart[] | undefined {
  const { type, text, input_audio: audio, file, image_url: image } = part
  if (type === 'text' && typeof text === 'string') return [{ kind: 'text', text }]
  if (type === 'thinking') return [...readContent({ content: [part] }).parts]
  if (type === 'image_url') return readImage(isRecord(image) ? image : { url: image })
  if (type === 'input_audio' && isRecord(audio) && typeof audio['data'] === 'string') {
    return [{ kind: 'audio', data: audio['data'], format: filled(audio['format']) ?? 'wav' }]
  }
  if (type === 'file' && isRecord(file) && typeof file['file_data'] === 'string') {
    const source = readSource(file['file_data'], 'application/pdf')
    return [present({ kind: 'file', source, name: filled(file['filename']) })]
  }
  return undefined
}

function readImage(image: Readonly<Record<string, unknown>>): ContentPart[] | undefined {
  const { url, detail } = image
  if (typeof url !== 'string') return undefined
  const known = detail === 'auto' || detail === 'low' || detail === 'high' ? detail : undefined
  return [present({ kind: 'image', source: readSource(url), detail: known })]
}

/** A data URL becomes its bytes; with `bareType`, a text that is no address counts as base64 of that type. */
export function readSource(text: string, bareType?: string): MediaSource {
  const data = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i.exec(text.slice(0, 200))
  if (data) {
    const mediaType = data[1] || (bareType ?? 'application/octet-stream')
    return { kind: 'base64', mediaType, data: text.slice(data[0].length) }
  }
  if (bareType === undefined || /^[a-z][a-z0-9+.-]*:/i.test(text)) return { kind: 'url', url: text }
  return { kind: 'base64', mediaType: bareType, data: text }
}

function refusalPart(content: WireMessage['content']): string | undefined {
  if (!Array.isArray(content)) return undefined
  return filled(content.find((part) => part.type === 'refusal')?.['refusal'])
}
