/** Builds the output items of a response part by part, and tells each step as an event. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { StreamPart } from '../../../protocol/reply.ts'
import { type CallState, packState, type ThoughtState } from './opaque-state.ts'

type Wire = Record<string, unknown>
type Part<Kind extends StreamPart['kind']> = Extract<StreamPart, { kind: Kind }>
type Status = 'in_progress' | 'completed' | 'incomplete'

/** Told of each step in the order of the API; `sequence_number` is the listener's to add. */
export type Listener = (type: string, body: Readonly<Record<string, unknown>>) => void

/** An item being written: a message with its open part, or a thought with its one summary. */
interface OpenMessage {
  readonly kind: 'message'
  readonly index: number
  readonly id: string
  readonly content: Wire[]
  part: { readonly type: 'output_text' | 'refusal'; text: string; readonly logprobs: unknown[] } | undefined
}
interface OpenThought {
  readonly kind: 'reasoning'
  readonly index: number
  readonly id: string
  text: string | undefined
}
interface OpenCall {
  readonly call: number
  readonly index: number
  readonly id: string
  readonly callId: string
  readonly name: string
  json: string
}

export interface Output {
  push(part: StreamPart): void
  /** Ends every open item; `incomplete` where the answer was cut. */
  close(status: 'completed' | 'incomplete'): void
  items(): readonly Wire[]
}

interface State {
  readonly base: string
  readonly tell: Listener
  readonly items: Wire[]
  readonly calls: OpenCall[]
  open: OpenMessage | OpenThought | undefined
}

export function openOutput(base: string, tell: Listener): Output {
  const state: State = { base, tell, items: [], calls: [], open: undefined }
  return {
    push: (part) => push(state, part),
    close(status) {
      closeItem(state, status)
      for (const call of state.calls.splice(0)) closeCall(state, call, status)
    },
    items: () => state.items,
  }
}

function push(state: State, part: StreamPart): void {
  // A response has one answer; further choices cannot be asked for.
  if ('choice' in part && part.choice > 0) return
  const { kind } = part
  if (kind === 'text') writeText(state, 'output_text', part)
  else if (kind === 'refusal') writeText(state, 'refusal', part)
  else if (kind === 'reasoning') writeThought(state, part.text)
  else if (kind === 'reasoning_state') writeState(state, part)
  else if (kind === 'tool_call') beginCall(state, part)
  else if (kind === 'tool_arguments') writeArguments(state, part)
}

function begin(state: State, prefix: string, item: Wire): { readonly index: number; readonly id: string } {
  const index = state.items.length
  const id = `${prefix}_${state.base}${index}`
  const added = { id, ...item }
  state.items.push(added)
  state.tell('response.output_item.added', { output_index: index, item: added })
  return { index, id }
}

function finish(state: State, index: number, item: Wire): void {
  state.items[index] = item
  state.tell('response.output_item.done', { output_index: index, item })
}

const at = ({ id, index }: { readonly id: string; readonly index: number }) => ({
  item_id: id,
  output_index: index,
})

const messageItem = (id: string, status: Status, content: readonly Wire[]): Wire => ({
  id,
  type: 'message',
  status,
  role: 'assistant',
  content,
})

function writeText(
  state: State,
  type: 'output_text' | 'refusal',
  { text, ...rest }: Part<'text'> | Part<'refusal'>,
): void {
  endWholeCalls(state)
  const message = messageOf(state)
  if (message.part?.type !== type) {
    closePart(state, message)
    message.part = { type, text: '', logprobs: [] }
    const place = { ...at(message), content_index: message.content.length }
    state.tell('response.content_part.added', { ...place, part: partWire(message.part) })
  }
  message.part.text += text
  const logprobs = 'logprobs' in rest ? readLogprobs(rest.logprobs) : []
  message.part.logprobs.push(...logprobs)
  if (text === '' && logprobs.length === 0) return
  const place = { ...at(message), content_index: message.content.length, delta: text }
  if (type === 'refusal') state.tell('response.refusal.delta', place)
  else state.tell('response.output_text.delta', { ...place, logprobs })
}

/** Chat completions' log probabilities hold the same rows. */
function readLogprobs(logprobs: unknown): unknown[] {
  const rows = isRecord(logprobs) ? logprobs['content'] : undefined
  return Array.isArray(rows) ? rows : []
}

function messageOf(state: State): OpenMessage {
  if (state.open?.kind === 'message') return state.open
  closeItem(state, 'completed')
  const { type, status, role, content } = messageItem('', 'in_progress', [])
  const place = begin(state, 'msg', { type, status, role, content })
  const open: OpenMessage = { kind: 'message', ...place, content: [], part: undefined }
  state.open = open
  return open
}

const partWire = ({ type, text, logprobs }: NonNullable<OpenMessage['part']>): Wire =>
  type === 'refusal' ? { type, refusal: text } : { type, annotations: [], logprobs: [...logprobs], text }

function closePart(state: State, message: OpenMessage): void {
  const { part } = message
  if (part === undefined) return
  message.part = undefined
  const place = { ...at(message), content_index: message.content.length }
  const wire = partWire(part)
  if (part.type === 'refusal') state.tell('response.refusal.done', { ...place, refusal: part.text })
  else state.tell('response.output_text.done', { ...place, text: part.text, logprobs: wire['logprobs'] })
  state.tell('response.content_part.done', { ...place, part: wire })
  message.content.push(wire)
}

function closeItem(state: State, status: 'completed' | 'incomplete'): void {
  const { open } = state
  if (open === undefined) return
  if (open.kind === 'reasoning') {
    closeThought(state, open, undefined)
    return
  }
  state.open = undefined
  closePart(state, open)
  finish(state, open.index, messageItem(open.id, status, open.content))
}

function thoughtOf(state: State): OpenThought {
  if (state.open?.kind === 'reasoning') return state.open
  closeItem(state, 'completed')
  const place = begin(state, 'rs', { type: 'reasoning', summary: [] })
  const open: OpenThought = { kind: 'reasoning', ...place, text: undefined }
  state.open = open
  return open
}

function writeThought(state: State, text: string): void {
  endWholeCalls(state)
  if (text === '') return
  const thought = thoughtOf(state)
  const place = { ...at(thought), summary_index: 0 }
  if (thought.text === undefined)
    state.tell('response.reasoning_summary_part.added', {
      ...place,
      part: { type: 'summary_text', text: '' },
    })
  thought.text = (thought.text ?? '') + text
  state.tell('response.reasoning_summary_text.delta', { ...place, delta: text })
}

function closeThought(state: State, thought: OpenThought, packed: string | undefined): void {
  state.open = undefined
  const { text, id, index } = thought
  const summary = text === undefined ? [] : [{ type: 'summary_text', text }]
  if (text !== undefined) {
    const place = { ...at(thought), summary_index: 0 }
    state.tell('response.reasoning_summary_text.done', { ...place, text })
    state.tell('response.reasoning_summary_part.done', { ...place, part: summary[0] })
  }
  const sealed = packed === undefined ? {} : { encrypted_content: packed }
  finish(state, index, { id, type: 'reasoning', summary, ...sealed })
}

/** State ends its thought; what cannot be read stands in an item of its own. */
function writeState(state: State, { signature, redacted, from }: Part<'reasoning_state'>): void {
  endWholeCalls(state)
  if (redacted !== undefined && state.open?.kind === 'reasoning') closeThought(state, state.open, undefined)
  const thought: ThoughtState = {
    ...(signature === undefined ? {} : { signature }),
    ...(redacted === undefined ? {} : { redacted }),
    from,
  }
  closeThought(state, thoughtOf(state), packState({ thought, calls: [] }))
}

function beginCall(state: State, part: Part<'tool_call'>): void {
  endWholeCalls(state)
  const { signature, from } = part
  if (signature !== undefined && from !== undefined) holdCallState(state, { id: part.id, signature, from })
  closeItem(state, 'completed')
  const wire = { type: 'function_call', status: 'in_progress', arguments: '' }
  const place = begin(state, 'fc', { ...wire, call_id: part.id, name: part.name })
  state.calls.push({ call: part.call, ...place, callId: part.id, name: part.name, json: '' })
}

/** The state of a call stands in a reasoning item before it: clients give back no unknown fields of calls. */
function holdCallState(state: State, call: CallState): void {
  closeThought(state, thoughtOf(state), packState({ calls: [call] }))
}

function writeArguments(state: State, { call, json }: Part<'tool_arguments'>): void {
  const open = state.calls.findLast((one) => one.call === call)
  if (open === undefined || json === '') return
  open.json += json
  state.tell('response.function_call_arguments.delta', { ...at(open), delta: json })
}

/** A provider may write several calls at once, so only a call that can have no more to come is ended early. */
function endWholeCalls(state: State): void {
  const whole = state.calls.filter(({ json }) => json !== '' && parseJson(json) !== undefined)
  for (const call of whole) {
    state.calls.splice(state.calls.indexOf(call), 1)
    closeCall(state, call, 'completed')
  }
}

function closeCall(state: State, call: OpenCall, status: 'completed' | 'incomplete'): void {
  const json = call.json === '' && status === 'completed' ? '{}' : call.json
  const { id, name, callId } = call
  state.tell('response.function_call_arguments.done', { ...at(call), name, arguments: json })
  finish(state, call.index, { id, type: 'function_call', status, arguments: json, call_id: callId, name })
}
