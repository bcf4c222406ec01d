/** Anthropic's stream events → parts. Whole only with a stop reason or `message_stop`; one message and no more. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { SseEvent, StreamReader } from '../../../protocol/adapter.ts'
import type { StreamPart, Usage } from '../../../protocol/reply.ts'
import { filled, present } from '../present.ts'
import { broken, brokenBy, untilEnd } from '../stream-end.ts'
import { readFinish } from './finish.ts'
import { readSignature } from './foreign-state.ts'
import { readError, toFault } from './read-fault.ts'
import { refusalOf } from './stop-details.ts'
import { readUsage } from './wire-usage.ts'

type Block =
  | { readonly kind: 'text' | 'thinking' | 'other' }
  | { readonly kind: 'tool'; readonly call: number; readonly name: string; json: string; whole: boolean }

interface State {
  readonly blocks: Map<number, Block>
  readonly unsupported: Set<string>
  calls: number
  isStarted: boolean
  isFinished: boolean
  /** An event came that callers are not to see. */
  isOdd: boolean
  usage: Usage | undefined
}

type Wire = Readonly<Record<string, unknown>>

export function openStream(): StreamReader {
  const state: State = {
    blocks: new Map(),
    unsupported: new Set(),
    calls: 0,
    isStarted: false,
    isFinished: false,
    isOdd: false,
    usage: undefined,
  }
  return untilEnd({
    push: (event) => readEvent(state, event),
    end: () => bytesOver(state),
    isOdd: () => state.isOdd,
  })
}

function readEvent(state: State, event: SseEvent): readonly StreamPart[] {
  const wire = parseJson(event.data)
  // What goes wrong behind the stop reason does no harm to the answer.
  if (state.isFinished && (!isRecord(wire) || wire['type'] === 'error' || event.event === 'error')) {
    state.isOdd = true
    return [{ kind: 'end' }]
  }
  if (!isRecord(wire)) return [broken('upstream_malformed', 'A stream event is not JSON.')]
  switch (filled(wire['type']) ?? event.event) {
    case 'message_start':
      return started(state, wire)
    case 'content_block_start':
      return blockStarted(state, wire)
    case 'content_block_delta':
      return blockDelta(state, wire)
    case 'content_block_stop':
      return blockStopped(state, wire)
    case 'message_delta':
      return messageDelta(state, wire)
    case 'message_stop':
      return stopped(state)
    case 'error':
      return [brokenBy(toFault(readError(wire, 0)))]
    default:
      return []
  }
}

function started(state: State, wire: Wire): readonly StreamPart[] {
  if (state.isStarted) return [broken('upstream_malformed', 'A second message begins in the same stream.')]
  state.isStarted = true
  const message = isRecord(wire['message']) ? wire['message'] : {}
  state.usage = readUsage(message['usage'])
  return [{ kind: 'start', id: filled(message['id']) ?? '', model: filled(message['model']) ?? '' }]
}

function blockStarted(state: State, wire: Wire): readonly StreamPart[] {
  const index = Number(wire['index'] ?? state.blocks.size)
  const block = isRecord(wire['content_block']) ? wire['content_block'] : {}
  const type = filled(block['type']) ?? 'block'
  if (type === 'text' || type === 'thinking') {
    state.blocks.set(index, { kind: type })
    const text = filled(block['text']) ?? filled(block['thinking'])
    return text === undefined ? [] : [spoken(type, text)]
  }
  if (type === 'redacted_thinking') {
    state.blocks.set(index, { kind: 'other' })
    return [{ kind: 'reasoning_state', choice: 0, redacted: filled(block['data']) ?? '', from: 'anthropic' }]
  }
  if (type === 'tool_use') return toolStarted(state, index, block)
  state.blocks.set(index, { kind: 'other' })
  return told(state, type)
}

const spoken = (type: 'text' | 'thinking', text: string): StreamPart => ({
  kind: type === 'text' ? 'text' : 'reasoning',
  choice: 0,
  text,
})

function toolStarted(state: State, index: number, block: Wire): readonly StreamPart[] {
  const call = state.calls
  state.calls += 1
  const name = filled(block['name']) ?? ''
  state.blocks.set(index, { kind: 'tool', call, name, json: '', whole: false })
  const opening: StreamPart = {
    kind: 'tool_call',
    choice: 0,
    call,
    id: filled(block['id']) ?? `call_${call}`,
    name,
  }
  // Some servers send the whole input at once and no deltas.
  const input =
    isRecord(block['input']) && Object.keys(block['input']).length > 0 ? block['input'] : undefined
  return input ? [opening, ...argued(state, index, JSON.stringify(input))] : [opening]
}

function argued(state: State, index: number, json: string): readonly StreamPart[] {
  const block = state.blocks.get(index)
  if (block?.kind !== 'tool' || json === '') return []
  block.json += json
  return [{ kind: 'tool_arguments', choice: 0, call: block.call, json }]
}

function blockDelta(state: State, wire: Wire): readonly StreamPart[] {
  const index = Number(wire['index'] ?? 0)
  const block = state.blocks.get(index)
  const delta = isRecord(wire['delta']) ? wire['delta'] : {}
  if (block === undefined)
    return [broken('upstream_malformed', 'A delta belongs to a content block that was not opened.')]
  if (block.kind === 'other') return []
  switch (delta['type']) {
    case 'text_delta':
      return texts('text', filled(delta['text']))
    case 'thinking_delta':
      return texts('thinking', filled(delta['thinking']))
    case 'signature_delta': {
      const signature = filled(delta['signature'])
      return signature === undefined
        ? []
        : [{ kind: 'reasoning_state', choice: 0, ...readSignature(signature) }]
    }
    case 'input_json_delta':
      return argued(state, index, filled(delta['partial_json']) ?? '')
    case 'citations_delta':
      return told(state, 'citations')
    default:
      return told(state, filled(delta['type']) ?? 'delta')
  }
}

const texts = (type: 'text' | 'thinking', text: string | undefined) =>
  text === undefined ? [] : [spoken(type, text)]

function told(state: State, name: string): readonly StreamPart[] {
  if (state.unsupported.has(name)) return []
  state.unsupported.add(name)
  return [{ kind: 'unsupported', name }]
}

function blockStopped(state: State, wire: Wire): readonly StreamPart[] {
  const block = state.blocks.get(Number(wire['index'] ?? 0))
  if (block?.kind !== 'tool' || block.whole) return []
  if (block.json === '') {
    block.whole = true
    return [{ kind: 'tool_arguments', choice: 0, call: block.call, json: '{}' }]
  }
  block.whole = parseJson(block.json) !== undefined
  return block.whole
    ? []
    : [broken('upstream_malformed', `Tool call ${block.call} has arguments that are not JSON.`)]
}

const openTool = (state: State) =>
  [...state.blocks.values()].some((block) => block.kind === 'tool' && !block.whole)

function messageDelta(state: State, wire: Wire): readonly StreamPart[] {
  const delta = isRecord(wire['delta']) ? wire['delta'] : {}
  state.usage = readUsage(wire['usage'], state.usage)
  const word = filled(delta['stop_reason'])
  const refusal = refusalOf(delta['stop_details'])
  // Without anything before it the refusal is the fault of the whole answer, and its reason goes with that.
  const isSaid = refusal !== undefined && state.blocks.size > 0 && !state.isFinished
  const parts: StreamPart[] = isSaid ? [{ kind: 'refusal', choice: 0, text: refusal }] : []
  if (word !== undefined) parts.push(...finished(state, word, filled(delta['stop_sequence'])))
  if (state.usage) parts.push({ kind: 'usage', usage: state.usage })
  return parts
}

function finished(state: State, word: string, stopSequence?: string): readonly StreamPart[] {
  const reason = readFinish(word)
  if (reason !== 'length' && reason !== 'content_filter' && openTool(state))
    return [broken('upstream_cut', 'The answer ends inside a tool call.')]
  if (state.isFinished) return []
  state.isFinished = true
  return [present({ kind: 'finish', choice: 0, reason, wire: word, stopSequence })]
}

/** Some answers end without saying why. */
function stopped(state: State): readonly StreamPart[] {
  if (!state.isStarted) return [broken('upstream_empty', 'The stream ended with nothing in it.')]
  const word = state.calls > 0 ? 'tool_use' : 'end_turn'
  const parts = state.isFinished ? [] : finished(state, word)
  return parts.some(({ kind }) => kind === 'broken') ? parts : [...parts, { kind: 'end' }]
}

function bytesOver(state: State): readonly StreamPart[] {
  if (!state.isStarted) return [broken('upstream_empty', 'The stream ended with nothing in it.')]
  return state.isFinished
    ? [{ kind: 'end' }]
    : [broken('upstream_cut', 'The stream ended before its stop reason.')]
}
