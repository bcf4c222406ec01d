/** Reads a streamed generateContent answer, chunk by chunk. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { SseEvent, StreamReader } from '../../../protocol/adapter.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import type { StreamPart } from '../../../protocol/reply.ts'
import { filled, present } from '../present.ts'
import { broken, brokenBy, untilEnd } from '../stream-end.ts'
import { makeCallId } from './call-id.ts'
import { finishWord, isFailedCall, readFinish } from './finish.ts'
import { readLogprobs } from './logprobs.ts'
import { type OpenCalls, openCalls } from './open-calls.ts'
import { readError, toFault } from './read-fault.ts'
import { blockReason, createdAtS, type Piece, readParts } from './read-parts.ts'
import { readUsage } from './wire-usage.ts'

type Wire = Readonly<Record<string, unknown>>

interface OpenChoice {
  readonly index: number
  readonly calls: OpenCalls
  /** Signatures of texts, told with the finish: they come last, and alone they say nothing. */
  readonly signatures: string[]
  hasSpoken: boolean
  isFinished: boolean
}

interface State {
  isStarted: boolean
  sawEvent: boolean
  answer: string
  /** Candidates that were asked for. */
  readonly asked: number
  readonly choices: Map<number, OpenChoice>
  readonly unsupported: Set<string>
}

/** The end is told with the last byte: there is no terminator. */
export function openStream({ choices: asked = 1 }: { readonly choices?: number } = {}): StreamReader {
  const state: State = {
    isStarted: false,
    sawEvent: false,
    answer: '',
    asked,
    choices: new Map(),
    unsupported: new Set(),
  }
  return untilEnd({
    push: (event) => (event.data.trim() === '' ? [] : readEvent(state, event)),
    end: () => [bytesOver(state)],
  })
}

function readEvent(state: State, event: SseEvent): readonly StreamPart[] {
  state.sawEvent = true
  // Imitators end as OpenAI does.
  if (event.data.trim() === '[DONE]') return [bytesOver(state)]
  const chunk = parseJson(event.data)
  const flaw = flawOf(event, chunk)
  if (flaw === undefined && isRecord(chunk)) return readChunk(state, chunk)
  // What goes wrong behind the last finish does no harm to the answer.
  return isWhole(state) ? [{ kind: 'end' }] : [brokenBy(flaw ?? notAnObject())]
}

function flawOf(event: SseEvent, chunk: unknown): Fault | undefined {
  if (event.event === 'error') return toFault(readError(chunk, 0))
  if (!isRecord(chunk)) return notAnObject()
  return isRecord(chunk['error']) ? toFault(readError(chunk, 0)) : undefined
}

const notAnObject = () => makeFault('upstream_malformed', 'An event of the stream is not a JSON object.')

/** Every candidate that was asked for has told its finish. */
function isWhole({ choices, asked }: State): boolean {
  return choices.size >= asked && [...choices.values()].every(({ isFinished }) => isFinished)
}

function readChunk(state: State, chunk: Wire): readonly StreamPart[] {
  const parts: StreamPart[] = []
  const candidates: unknown[] = Array.isArray(chunk['candidates']) ? chunk['candidates'] : []
  if (!state.isStarted && (candidates.length > 0 || filled(chunk['responseId']) !== undefined)) {
    state.isStarted = true
    state.answer = filled(chunk['responseId']) ?? ''
    parts.push(start(chunk))
  }
  const usage = readUsage(chunk['usageMetadata'])
  if (usage) parts.push({ kind: 'usage', usage })
  const blocked = blockReason(chunk)
  if (blocked !== undefined && candidates.length === 0)
    return [...parts, broken('content_policy', `the provider refused the prompt: ${blocked}`)]
  for (const [at, wire] of candidates.entries()) {
    parts.push(...readCandidate(state, wire, at))
    if (parts.at(-1)?.kind === 'broken') return parts
  }
  return parts
}

function start(chunk: Wire): StreamPart {
  return present({
    kind: 'start',
    id: filled(chunk['responseId']) ?? '',
    model: filled(chunk['modelVersion']) ?? '',
    createdAtS: createdAtS(chunk),
  })
}

function readCandidate(state: State, wire: unknown, at: number): readonly StreamPart[] {
  if (!isRecord(wire)) return [broken('upstream_malformed', 'A candidate of the stream is not an object.')]
  const choice = choiceOf(state, typeof wire['index'] === 'number' ? wire['index'] : at)
  const parts: StreamPart[] = []
  for (const piece of readParts(wire)) {
    const read = readPiece(state, choice, piece)
    if (typeof read === 'string') return [...parts, broken('upstream_malformed', read)]
    parts.push(...read)
  }
  const logprobs = readLogprobs(wire['logprobsResult'])
  if (logprobs !== undefined) parts.push({ kind: 'text', choice: choice.index, text: '', logprobs })
  if (choice.isFinished) {
    return parts.every(({ kind }) => kind === 'unsupported')
      ? parts
      : [broken('upstream_malformed', `Candidate ${choice.index} goes on after its end.`)]
  }
  const word = finishWord(wire['finishReason'])
  return word === undefined ? parts : [...parts, ...finish(choice, word)]
}

function choiceOf(state: State, index: number): OpenChoice {
  const known = state.choices.get(index)
  if (known) return known
  const calls = openCalls(index, (call) => makeCallId(state.answer, index, call))
  const opened: OpenChoice = { index, calls, signatures: [], hasSpoken: false, isFinished: false }
  state.choices.set(index, opened)
  return opened
}

function readPiece(state: State, open: OpenChoice, piece: Piece): readonly StreamPart[] | string {
  const { index: choice } = open
  if (piece.kind === 'unsupported') {
    const isNew = !state.unsupported.has(piece.name)
    state.unsupported.add(piece.name)
    return isNew ? [piece] : []
  }
  if (piece.kind === 'call') {
    open.hasSpoken = true
    return open.calls.push(piece.wire, piece.signature)
  }
  const { kind, text, signature } = piece
  if (text !== '') open.hasSpoken = true
  const said = kind === 'text' ? kind : ('reasoning' as const)
  const parts: StreamPart[] = text === '' ? [] : [{ kind: said, choice, text }]
  if (signature !== undefined && kind === 'text') open.signatures.push(signature)
  if (signature !== undefined && kind === 'thought')
    parts.push({ kind: 'reasoning_state', choice, signature, from: 'gemini' })
  return parts
}

/** A cut by length or filter may leave a call unfinished; any other end may not. */
function finish(open: OpenChoice, word: string): readonly StreamPart[] {
  const { index: choice, calls } = open
  if (isFailedCall(word)) return [broken('upstream_malformed', `the model's call failed: ${word}`)]
  const reason = readFinish(word, calls.count() > 0)
  const mayBeCut = reason === 'length' || reason === 'content_filter'
  const flaw = mayBeCut ? undefined : calls.flaw()
  if (flaw !== undefined) return [broken('upstream_cut', flaw)]
  open.isFinished = true
  const signatures = open.hasSpoken ? open.signatures : []
  return [
    ...(mayBeCut ? [] : calls.finish()),
    ...signatures.map(
      (redacted): StreamPart => ({ kind: 'reasoning_state', choice, redacted, from: 'gemini' }),
    ),
    { kind: 'finish', choice, reason, wire: word },
  ]
}

function bytesOver(state: State): StreamPart {
  if (!state.sawEvent) return broken('upstream_empty', 'The stream ended with nothing in it.')
  if (isWhole(state)) return { kind: 'end' }
  return broken('upstream_cut', 'The stream ended before its finish reason.')
}
