/** Reads the items of `input` as messages: what the model did in one turn is put together again. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import type { ContentPart, Message, ToolCall } from '../../../protocol/chat.ts'
import type { Fault } from '../../../protocol/fault.ts'
import { present } from '../present.ts'
import { type CallState, unpackState } from './opaque-state.ts'
import { readContent } from './read-content.ts'
import { unsupported } from './unsupported.ts'
import {
  check,
  itemSchemas,
  type WireCallItem,
  type WireMessageItem,
  type WireOutputItem,
  type WireReasoningItem,
} from './wire.ts'

export interface ReadItems {
  readonly messages: readonly Message[]
  /** Places in the input that the shared form cannot hold. */
  readonly unmapped: readonly string[]
}

interface Turn {
  readonly content: ContentPart[]
  readonly toolCalls: ToolCall[]
  refusal: string | undefined
}

/** What is known while reading on. */
interface Reading {
  readonly messages: Message[]
  readonly unmapped: string[]
  readonly toolNames: Map<string, string>
  readonly callStates: Map<string, CallState>
  /** What the model does, until somebody else has the word. */
  turn: Turn | undefined
}

type Item = Readonly<Record<string, unknown>>
type Read = Outcome<true, Fault>

const read = done<true>(true)

export function readItems(items: readonly Item[]): Outcome<ReadItems, Fault> {
  const reading: Reading = {
    messages: [],
    unmapped: [],
    toolNames: new Map(),
    callStates: new Map(),
    turn: undefined,
  }
  for (const [at, item] of items.entries()) {
    const one = readItem(reading, item, `input.${at}`)
    if (!one.ok) return one
  }
  endTurn(reading)
  const { messages, unmapped } = reading
  return done({ messages, unmapped })
}

function readItem(reading: Reading, item: Item, place: string): Read {
  switch (item['type'] ?? 'message') {
    case 'message': {
      const wire = check(itemSchemas.message, item, place)
      return wire.ok ? readMessage(reading, wire.value, place) : wire
    }
    case 'function_call': {
      const wire = check(itemSchemas.function_call, item, place)
      return wire.ok ? readCall(reading, wire.value) : wire
    }
    case 'function_call_output': {
      const wire = check(itemSchemas.function_call_output, item, place)
      return wire.ok ? readOutput(reading, wire.value, place) : wire
    }
    case 'reasoning': {
      const wire = check(itemSchemas.reasoning, item, place)
      return wire.ok ? readReasoning(reading, wire.value, place) : wire
    }
    case 'item_reference':
      return failed(unsupported(`${place}.id`, 'the gateway keeps no items; send the item itself'))
    default:
      reading.unmapped.push(place)
      return read
  }
}

function turnOf(reading: Reading): Turn {
  reading.turn ??= { content: [], toolCalls: [], refusal: undefined }
  return reading.turn
}

function endTurn(reading: Reading): void {
  const { turn } = reading
  reading.turn = undefined
  if (turn === undefined) return
  const { content, toolCalls, refusal } = turn
  if (content.length === 0 && toolCalls.length === 0 && refusal === undefined) return
  reading.messages.push(present({ role: 'assistant', content, toolCalls, refusal }))
}

function readMessage(reading: Reading, wire: WireMessageItem, place: string): Read {
  const content = readContent(wire.content, `${place}.content`)
  if (!content.ok) return content
  const { parts, refusal, unmapped } = content.value
  reading.unmapped.push(...unmapped)
  if (wire.role !== 'assistant') {
    endTurn(reading)
    const role = wire.role === 'user' ? 'user' : 'system'
    reading.messages.push({ role, content: parts })
    return read
  }
  // Calls must be followed by their outputs, so that what is said between them stays in the turn.
  const { turn } = reading
  if (turn && turn.toolCalls.length === 0 && turn.content.some(({ kind }) => kind === 'text'))
    endTurn(reading)
  const open = turnOf(reading)
  open.content.push(...parts)
  open.refusal = refusal ?? open.refusal
  return read
}

function readCall(reading: Reading, wire: WireCallItem): Read {
  reading.toolNames.set(wire.call_id, wire.name)
  const state = reading.callStates.get(wire.call_id)
  turnOf(reading).toolCalls.push(
    present<ToolCall>({
      id: wire.call_id,
      name: wire.name,
      arguments: wire.arguments.trim() === '' ? '{}' : wire.arguments,
      signature: state?.signature,
      from: state?.from,
    }),
  )
  return read
}

function readOutput(reading: Reading, wire: WireOutputItem, place: string): Read {
  const content = readContent(wire.output, `${place}.output`)
  if (!content.ok) return content
  endTurn(reading)
  reading.unmapped.push(...content.value.unmapped)
  const toolCallId = wire.call_id
  const toolName = reading.toolNames.get(toolCallId)
  reading.messages.push(present({ role: 'tool', toolCallId, toolName, content: content.value.parts }))
  return read
}

/** Thinking goes back to the provider it came from; what OpenAI encrypted itself has no place on other wires. */
function readReasoning(reading: Reading, wire: WireReasoningItem, place: string): Read {
  const packed = wire.encrypted_content ?? undefined
  const state = packed === undefined ? undefined : unpackState(packed)
  if (packed !== undefined && state === undefined) reading.unmapped.push(`${place}.encrypted_content`)
  for (const call of state?.calls ?? []) reading.callStates.set(call.id, call)
  const text = [...(wire.summary ?? []), ...(wire.content ?? [])]
    .flatMap((part) => (typeof part['text'] === 'string' ? [part['text']] : []))
    .join('\n\n')
  if (text !== '' || state?.thought)
    turnOf(reading).content.push({ kind: 'reasoning', text, ...state?.thought })
  return read
}
