/** Reads the events of a streamed response. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { SseEvent, StreamReader } from '../../../protocol/adapter.ts'
import { makeFault } from '../../../protocol/fault.ts'
import type { StreamPart } from '../../../protocol/reply.ts'
import { readError, toFault } from '../openai/read-fault.ts'
import { filled, present } from '../present.ts'
import { broken, brokenBy, untilEnd } from '../stream-end.ts'
import { faultOf, finishOf, readCall, sealOf } from './read-reply.ts'
import { readUsage } from './read-usage.ts'
import { missingOf, type ToldCall } from './told.ts'

type Wire = Readonly<Record<string, unknown>>

interface State {
  isStarted: boolean
  /** Calls by the place of their items, with what was told of their arguments. */
  readonly calls: Map<unknown, ToldCall>
  hasContent: boolean
  /** Text and refusal as they were told in pieces. */
  readonly words: { text: string; refusal: string }
  /** Something stood only in the whole: the bytes alone do not tell it in pieces. */
  isOdd: boolean
  /** Places of items whose text came in pieces. */
  readonly told: Set<unknown>
}

export function openStream(): StreamReader {
  const state: State = {
    isStarted: false,
    calls: new Map(),
    hasContent: false,
    words: { text: '', refusal: '' },
    isOdd: false,
    told: new Set(),
  }
  return untilEnd({
    push: (event) => (event.data.trim() === '' ? [] : noted(state, read(state, event))),
    end: () => [cut(state)],
    isOdd: () => state.isOdd,
  })
}

const contents: ReadonlySet<StreamPart['kind']> = new Set(['text', 'refusal', 'tool_call', 'unsupported'])

function noted(state: State, parts: readonly StreamPart[]): readonly StreamPart[] {
  if (parts.some(({ kind }) => contents.has(kind))) state.hasContent = true
  return parts
}

const cut = ({ isStarted }: State): StreamPart =>
  isStarted
    ? broken('upstream_cut', 'The stream ended before the response was complete.')
    : broken('upstream_empty', 'The stream ended with nothing in it.')

function read(state: State, event: SseEvent): readonly StreamPart[] {
  const body = parseJson(event.data)
  if (!isRecord(body)) return [broken('upstream_malformed', 'An event of the stream is not a JSON object.')]
  const type = filled(body['type']) ?? event.event ?? ''
  if (type === 'error' || (type === '' && body['error'] !== undefined))
    return [brokenBy(toFault(readError(body, 0)))]
  const reader = readers[type]
  return reader ? reader(state, body) : []
}

type Read = (state: State, body: Wire) => readonly StreamPart[]

const delta =
  (kind: 'text' | 'refusal' | 'reasoning'): Read =>
  (state, body) => {
    const text = filled(body['delta'])
    if (text === undefined) return []
    state.told.add(body['output_index'])
    if (kind !== 'reasoning') state.words[kind] += text
    const logprobs =
      Array.isArray(body['logprobs']) && body['logprobs'].length > 0 ? body['logprobs'] : undefined
    return [present({ kind, choice: 0, text, logprobs: logprobs && { content: logprobs } })]
  }

const readers: Readonly<Record<string, Read>> = {
  'response.created': begin,
  'response.in_progress': begin,
  'response.output_text.delta': delta('text'),
  'response.refusal.delta': delta('refusal'),
  'response.reasoning_summary_text.delta': delta('reasoning'),
  'response.reasoning_text.delta': delta('reasoning'),
  // Parts of a summary are paragraphs of one thought.
  'response.reasoning_summary_part.added': (state, { output_index: place, summary_index: at }) =>
    state.told.has(place) && at !== 0 ? [{ kind: 'reasoning', choice: 0, text: '\n\n' }] : [],
  'response.output_item.added': (state, { item, output_index: place }) => addItem(state, item, place),
  'response.function_call_arguments.delta': (state, body) => {
    const open = state.calls.get(body['output_index'])
    const json = filled(body['delta'])
    if (json === undefined) return []
    if (!open) return [broken('upstream_malformed', 'Arguments came of a call that was not begun.')]
    open.json += json
    return [{ kind: 'tool_arguments', choice: 0, call: open.call, json }]
  },
  'response.output_item.done': (state, { item, output_index: place }) => endItem(state, item, place),
  'response.completed': conclude,
  'response.incomplete': conclude,
  'response.failed': conclude,
}

function begin(state: State, { response }: Wire): readonly StreamPart[] {
  if (state.isStarted || !isRecord(response)) return []
  state.isStarted = true
  const { created_at: createdAtS } = response
  return [
    present({
      kind: 'start',
      id: filled(response['id']) ?? '',
      model: filled(response['model']) ?? '',
      createdAtS: typeof createdAtS === 'number' ? createdAtS : undefined,
    }),
  ]
}

const known = new Set(['message', 'function_call', 'reasoning'])

function addItem(state: State, item: unknown, place: unknown): readonly StreamPart[] {
  if (!isRecord(item)) return []
  const type = filled(item['type']) ?? 'item'
  if (!known.has(type)) return [{ kind: 'unsupported', name: type }]
  if (type !== 'function_call') return []
  const call = state.calls.size
  const { id, name } = readCall(item)
  state.calls.set(place, { call, id, json: '' })
  return [{ kind: 'tool_call', choice: 0, call, id, name }]
}

/** What came whole at its end, and the seal of a thought. */
function endItem(state: State, item: unknown, place: unknown): readonly StreamPart[] {
  if (!isRecord(item)) return []
  const open = state.calls.get(place)
  if (open && open.json === '') {
    open.json = readCall(item).arguments
    return [{ kind: 'tool_arguments', choice: 0, call: open.call, json: open.json }]
  }
  const signature = item['type'] === 'reasoning' ? sealOf(item) : undefined
  return signature === undefined ? [] : [{ kind: 'reasoning_state', choice: 0, signature, from: 'responses' }]
}

/** Nobody can take back what was told wrong, so nobody goes on behind it. */
const damaged: StreamPart = {
  kind: 'broken',
  fault: makeFault('upstream_malformed', 'What the stream told in pieces is not what its last event holds.'),
  isDamaged: true,
}

function conclude(state: State, { response }: Wire): readonly StreamPart[] {
  if (!isRecord(response)) return [broken('upstream_malformed', 'The stream ended without its response.')]
  const fault = faultOf(response)
  if (fault) return [brokenBy(fault)]
  const calls = [...state.calls.values()]
  const missing = missingOf({ ...state.words, calls }, response['output'])
  if (missing === undefined) return [damaged]
  const isWhole = response['status'] !== 'incomplete'
  if (missing.length > 0) state.isOdd = true
  else if (isWhole && !state.hasContent)
    return [broken('upstream_empty', 'The stream ended with nothing in it.')]
  const arguments_ = [...calls, ...missing.filter((part) => part.kind === 'tool_arguments')]
  if (isWhole && arguments_.some(({ json }) => parseJson(json) === undefined))
    return [broken('upstream_malformed', 'A tool call has arguments that are not JSON.')]
  const isCalled = calls.length > 0 || missing.some(({ kind }) => kind === 'tool_call')
  const reason = finishOf(response, isCalled)
  const usage = readUsage(response['usage'])
  return [
    ...missing,
    present({ kind: 'finish', choice: 0, reason, wire: filled(response['status']) }),
    ...(usage ? [{ kind: 'usage', usage } as const] : []),
    { kind: 'end' },
  ]
}
