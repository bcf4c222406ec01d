/** Reads a streamed chat completion, chunk by chunk. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { SseEvent, StreamReader } from '../../../protocol/adapter.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import type { StreamPart } from '../../../protocol/reply.ts'
import { filled, present } from '../present.ts'
import { openSameEvents, type SameEvents } from '../same-events.ts'
import { broken, brokenBy, untilEnd } from '../stream-end.ts'
import { readFinish } from './finish.ts'
import { OpenCalls } from './open-calls.ts'
import { readContent, readStates } from './read-content.ts'
import { readError, toFault } from './read-fault.ts'
import { readUsage } from './wire-usage.ts'

interface OpenChoice {
  readonly calls: OpenCalls
  isFinished: boolean
}

export const openStream = ({ choices = 1 }: { readonly choices?: number } = {}): StreamReader =>
  untilEnd(new State(choices))

/** Has identity: how far one stream was read. A class, for one is made for every stream. */
class State implements StreamReader {
  isStarted = false
  sawEvent = false
  /** Choices that were asked for. */
  readonly asked: number
  /** Something went wrong behind the last finish. */
  isOddBehind = false
  readonly choices = new Map<number, OpenChoice>()
  /** Told already; mostly there is nothing. */
  unsupported: Set<string> | undefined
  readonly same: SameEvents = openSameEvents(contentOf)
  /** Whose text `same` has learnt. */
  sameChoice = 0

  constructor(asked: number) {
    this.asked = asked
  }

  push(event: SseEvent): readonly StreamPart[] {
    return readSame(this, event) ?? (event.data.trim() === '' ? [] : read(this, event))
  }

  end(): readonly StreamPart[] {
    return bytesOver(this)
  }

  isOdd(): boolean {
    if (this.isOddBehind) return true
    for (const { calls } of this.choices.values()) if (calls.isOdd()) return true
    return false
  }
}

/** The text of an event's only choice. */
function contentOf(chunk: unknown): unknown {
  const choices: unknown = isRecord(chunk) ? chunk['choices'] : undefined
  const choice: unknown = Array.isArray(choices) && choices.length === 1 ? choices[0] : undefined
  const delta = isRecord(choice) ? choice['delta'] : undefined
  return isRecord(delta) ? delta['content'] : undefined
}

function readSame({ same, sameChoice }: State, { event, data }: SseEvent): readonly StreamPart[] | undefined {
  const text = event === undefined ? same.textOf(data) : undefined
  return text === undefined ? undefined : [{ kind: 'text', choice: sameChoice, text }]
}

/** An event that said a text and nothing else is a pattern for the next. */
function learnFrom(state: State, { event, data }: SseEvent, parts: readonly StreamPart[]): void {
  const [part] = parts
  const isPlain = parts.length === 1 && part?.kind === 'text' && part.logprobs === undefined
  if (!isPlain || event !== undefined) {
    state.same.forget()
    return
  }
  state.sameChoice = part.choice
  state.same.learn(data, part.text)
}

function read(state: State, event: SseEvent): readonly StreamPart[] {
  state.sawEvent = true
  if (event.data.trim() === '[DONE]') return terminated(state)
  const chunk = parseJson(event.data)
  const flaw = flawOf(event, chunk)
  if (flaw === undefined && isRecord(chunk)) {
    const parts = readChunk(state, chunk)
    learnFrom(state, event, parts)
    return parts
  }
  // What goes wrong behind the last finish does no harm to the answer.
  if (!isWhole(state)) return [brokenBy(flaw ?? notAnObject())]
  state.isOddBehind = true
  return [{ kind: 'end' }]
}

function flawOf(event: SseEvent, chunk: unknown): Fault | undefined {
  if (event.event === 'error') return toFault(readError(chunk, 0))
  if (!isRecord(chunk)) return notAnObject()
  return isError(chunk) ? toFault(readError(chunk, 0)) : undefined
}

const notAnObject = () => makeFault('upstream_malformed', 'An event of the stream is not a JSON object.')

/** Every choice that was asked for has told its finish. */
function isWhole({ choices, asked }: State): boolean {
  return choices.size >= asked && [...choices.values()].every(({ isFinished }) => isFinished)
}

/** Whether an event is an error and not a piece of the answer. */
function isError(chunk: Readonly<Record<string, unknown>>): boolean {
  const { error } = chunk
  return (error !== undefined && error !== null && error !== '') || chunk['object'] === 'error'
}

function readChunk(state: State, chunk: Record<string, unknown>): readonly StreamPart[] {
  const parts: StreamPart[] = []
  const choices: unknown[] = Array.isArray(chunk['choices']) ? chunk['choices'] : []
  if (!state.isStarted && (choices.length > 0 || filled(chunk['id']) !== undefined)) {
    state.isStarted = true
    parts.push(start(chunk))
  }
  for (const [at, wire] of choices.entries()) {
    parts.push(...readChoice(state, wire, at))
    if (parts.at(-1)?.kind === 'broken') return parts
  }
  const usage = readUsage(chunk['usage']) ?? readUsage(groqUsage(chunk))
  if (usage) parts.push({ kind: 'usage', usage })
  return parts
}

function start(chunk: Record<string, unknown>): StreamPart {
  const created = chunk['created']
  return present({
    kind: 'start',
    id: filled(chunk['id']) ?? '',
    model: filled(chunk['model']) ?? '',
    createdAtS: typeof created === 'number' && created > 0 ? created : undefined,
  })
}

function groqUsage(chunk: Record<string, unknown>): unknown {
  return isRecord(chunk['x_groq']) ? chunk['x_groq']['usage'] : undefined
}

function readChoice(state: State, wire: unknown, at: number): readonly StreamPart[] {
  if (!isRecord(wire)) return [broken('upstream_malformed', 'A choice of the stream is not an object.')]
  const index = typeof wire['index'] === 'number' ? wire['index'] : at
  const open = state.choices.get(index) ?? { calls: new OpenCalls(index), isFinished: false }
  state.choices.set(index, open)
  const delta = isRecord(wire['delta']) ? wire['delta'] : {}
  const parts = [...readTexts(state, { index, delta, logprobs: wire['logprobs'] ?? undefined })]
  for (const call of callDeltas(delta)) {
    const read = open.calls.push(call)
    if (typeof read === 'string') return [...parts, broken('upstream_malformed', read)]
    parts.push(...read)
  }
  if (open.isFinished) {
    if (parts.length === 0) return []
    return [broken('upstream_malformed', `Choice ${index} goes on after its end.`)]
  }
  const word = filled(wire['finish_reason'])
  return word === undefined ? parts : [...parts, ...finish(open, index, word)]
}

function readTexts(
  state: State,
  from: { index: number; delta: Record<string, unknown>; logprobs: unknown },
): StreamPart[] {
  const { index: choice, delta, logprobs } = from
  const said = readContent(delta)
  const parts: StreamPart[] = said.parts.map((part) => ({ kind: part.kind, choice, text: part.text }))
  const lastText = parts.findLastIndex((part) => part.kind === 'text')
  const withProbs: StreamPart = { kind: 'text', choice, text: said.parts[lastText]?.text ?? '', logprobs }
  if (logprobs !== undefined)
    parts.splice(lastText < 0 ? parts.length : lastText, lastText < 0 ? 0 : 1, withProbs)
  const refusal = filled(delta['refusal'])
  if (refusal !== undefined) parts.push({ kind: 'refusal', choice, text: refusal })
  for (const { text: _text, ...opaque } of readStates(delta['adaptive_state'])) {
    parts.push({ kind: 'reasoning_state', choice, ...opaque })
  }
  for (const name of said.unsupported) {
    state.unsupported ??= new Set()
    if (!state.unsupported.has(name)) parts.push({ kind: 'unsupported', name })
    state.unsupported.add(name)
  }
  return parts
}

function callDeltas(delta: Record<string, unknown>): readonly unknown[] {
  const listed: unknown[] = Array.isArray(delta['tool_calls']) ? delta['tool_calls'] : []
  return isRecord(delta['function_call'])
    ? [...listed, { index: 0, function: delta['function_call'] }]
    : listed
}

/** A cut by length or filter may leave arguments unfinished; any other end may not. */
function finish(open: OpenChoice, choice: number, word: string): readonly StreamPart[] {
  const reason = readFinish(word, open.calls.count() > 0)
  const flaw = reason === 'length' || reason === 'content_filter' ? undefined : open.calls.flaw()
  if (flaw !== undefined) return [broken('upstream_malformed', flaw)]
  open.isFinished = true
  return [...open.calls.flush(), { kind: 'finish', choice, reason, wire: word }]
}

/** `[DONE]` ends the stream, though not in the middle of a tool call and not before anything was said. */
function terminated(state: State): readonly StreamPart[] {
  if (state.choices.size === 0) return [broken('upstream_empty', 'The stream ended with nothing in it.')]
  const parts: StreamPart[] = []
  for (const [choice, open] of state.choices) {
    if (open.isFinished) continue
    if (open.calls.flaw() !== undefined)
      return [broken('upstream_cut', 'The stream ended inside a tool call.')]
    const reason = open.calls.count() > 0 ? 'tool_calls' : 'other'
    parts.push(...open.calls.flush(), { kind: 'finish', choice, reason })
  }
  return [...parts, { kind: 'end' }]
}

function bytesOver(state: State): readonly StreamPart[] {
  if (!state.sawEvent) return [broken('upstream_empty', 'The stream ended with nothing in it.')]
  if (isWhole(state)) return [{ kind: 'end' }]
  return [broken('upstream_cut', 'The stream ended before its finish reason.')]
}
