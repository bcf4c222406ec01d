/** Reads the contents of a generateContent body. */

import { isRecord } from '../../../base/text.ts'
import type { ContentPart, Message, ToolCall } from '../../../protocol/chat.ts'
import { filled, present } from '../present.ts'
import { callId, makeCallId } from './call-id.ts'
import { readAddress, readInline } from './media.ts'
import { unpackState } from './opaque-state.ts'
import type { WireContent, WirePart, WireRequestBody } from './wire.ts'

type FunctionResponse = NonNullable<WirePart['functionResponse']>

export interface ReadMessages {
  readonly messages: readonly Message[]
  /** Places in the contents that the shared form cannot hold. */
  readonly unmapped: readonly string[]
}

interface Turn {
  readonly content: ContentPart[]
  readonly toolCalls: ToolCall[]
}

interface Reading {
  readonly messages: Message[]
  readonly unmapped: string[]
  /** Calls that no response has named yet, oldest first. */
  unanswered: { readonly id: string; readonly name: string }[]
  /** The model's turn while its contents follow each other: a streamed turn comes back in as many pieces as it had. */
  turn: Turn | undefined
}

export function readMessages(wire: WireRequestBody): ReadMessages {
  const reading: Reading = { messages: [], unmapped: [], unanswered: [], turn: undefined }
  if (wire.systemInstruction) readSystem(wire.systemInstruction, 'systemInstruction', reading)
  for (const [at, content] of wire.contents.entries()) {
    const place = `contents.${at}`
    if (content.role === 'model') readTurn(content, { place, at }, reading)
    else if (content.role === 'system') readSystem(content, place, reading)
    else readUser(content, place, reading)
  }
  return { messages: reading.messages, unmapped: reading.unmapped }
}

function readSystem(wire: WireContent, place: string, reading: Reading): void {
  const content = readParts(wire.parts ?? [], place, reading)
  if (content.length > 0) reading.messages.push({ role: 'system', content })
}

function readUser(wire: WireContent, place: string, reading: Reading): void {
  reading.turn = undefined
  const parts = wire.parts ?? []
  for (const { functionResponse } of parts)
    if (functionResponse) reading.messages.push(readResponse(functionResponse, reading))
  const content = readParts(parts, place, reading)
  if (content.length > 0) reading.messages.push({ role: 'user', content })
}

/** By its id, or else the oldest unanswered call of the same name. */
function readResponse(wire: FunctionResponse, reading: Reading): Message {
  const id = filled(wire.id)
  const at = reading.unanswered.findIndex((call) =>
    id === undefined ? call.name === wire.name : call.id === id,
  )
  const [call] = at < 0 ? [] : reading.unanswered.splice(at, 1)
  const { text, isError } = readResult(wire.response ?? {})
  const media = (wire.parts ?? []).flatMap((part) => readMedia(part))
  return present({
    role: 'tool',
    toolCallId: id ?? call?.id ?? `call_${wire.name}`,
    toolName: wire.name === '' ? call?.name : wire.name,
    content: [...(text === '' ? [] : [{ kind: 'text' as const, text }]), ...media],
    isError: isError || undefined,
  })
}

/** Google names `output` and `error`; a response with other fields is the output as a whole. */
function readResult(response: Readonly<Record<string, unknown>>): { text: string; isError: boolean } {
  const names = Object.keys(response)
  const only = names.length === 1 ? names[0] : undefined
  if (only === 'error') return { text: textOf(response['error']), isError: true }
  if (only === 'output' || only === 'result') return { text: textOf(response[only]), isError: false }
  return { text: names.length === 0 ? '' : JSON.stringify(response), isError: false }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

function readParts(parts: readonly WirePart[], place: string, reading: Reading): ContentPart[] {
  return parts.flatMap((part, at): ContentPart[] => {
    if (part.functionResponse) return []
    if (part.text !== undefined) return part.text === '' ? [] : [{ kind: 'text', text: part.text }]
    const media = readMedia(part)
    if (media.length === 0) reading.unmapped.push(`${place}.parts.${at}`)
    return media
  })
}

function readMedia({
  inlineData: inline,
  fileData: file,
}: Pick<WirePart, 'inlineData' | 'fileData'>): ContentPart[] {
  if (inline) return [readInline(inline.mimeType, inline.data, inline.displayName ?? undefined)]
  if (file) return [readAddress(file.fileUri, file.mimeType ?? undefined, file.displayName ?? undefined)]
  return []
}

function readTurn(wire: WireContent, from: { place: string; at: number }, reading: Reading): void {
  let { turn } = reading
  if (turn === undefined) {
    turn = { content: [], toolCalls: [] }
    reading.turn = turn
    reading.unanswered = []
    reading.messages.push({ role: 'assistant', ...turn })
  }
  for (const [nth, part] of (wire.parts ?? []).entries()) {
    if (part.functionCall) readCall(part, { turn, at: from.at }, reading)
    else if (part.text !== undefined) readText(part, turn)
    else {
      const media = readMedia(part)
      if (media.length === 0 && isRecord(part)) reading.unmapped.push(`${from.place}.parts.${nth}`)
      turn.content.push(...media)
    }
  }
}

function readCall(part: WirePart, from: { turn: Turn; at: number }, reading: Reading): void {
  const { toolCalls } = from.turn
  const name = part.functionCall?.name ?? ''
  const id = callId(part.functionCall?.id, () => makeCallId('', from.at, toolCalls.length))
  const state = part.thoughtSignature === undefined ? {} : unpackState(part.thoughtSignature)
  reading.unanswered.push({ id, name })
  toolCalls.push(
    present({
      id,
      name,
      arguments: JSON.stringify(part.functionCall?.args ?? {}),
      signature: state.signature,
      from: state.signature === undefined ? undefined : state.from,
    }),
  )
}

/** Pieces of one text or one thought are joined. A text's own signature is kept as redacted thinking behind it. */
function readText(part: WirePart, { content }: Turn): void {
  const text = part.text ?? ''
  const state = part.thoughtSignature === undefined ? {} : unpackState(part.thoughtSignature)
  const last = content.at(-1)
  if (part.thought) {
    const isOpen = last?.kind === 'reasoning' && last.signature === undefined && last.redacted === undefined
    const before = isOpen ? last.text : ''
    if (isOpen) content.pop()
    const thought = { text: before + text, from: 'gemini' as const, ...state }
    if (thought.text !== '' || state.from !== undefined) content.push({ kind: 'reasoning', ...thought })
    return
  }
  if (text !== '' && last?.kind === 'text') content.splice(-1, 1, { kind: 'text', text: last.text + text })
  else if (text !== '') content.push({ kind: 'text', text })
  if (state.from === 'gemini' && state.signature !== undefined)
    content.push({ kind: 'reasoning', text: '', redacted: state.signature, from: 'gemini' })
}
