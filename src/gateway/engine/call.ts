/** One call to one target with one key, from the request's wire form to an answer or a fault. */

import type { Clock } from '../../base/clock.ts'
import { isLarge, jsonPieces } from '../../base/json-pieces.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { StopSignal } from '../../base/stop-signal.ts'
import { parseJson } from '../../base/text.ts'
import type { ProviderConfig, Timeouts } from '../../config/config.ts'
import type { OutboundAdapter, WireRequest } from '../../protocol/adapter.ts'
import { type Fault, type FaultCode, makeFault } from '../../protocol/fault.ts'
import { withoutKeys } from '../../protocol/without-keys.ts'
import type { Transport, WireAnswer, WireCall } from '../transport/transport.ts'
import type { Chunk, EngineRequest } from './engine-port.ts'
import { untilContent } from './preamble.ts'
import { readStart } from './read-body.ts'
import { type ChunkStream, type LimitReason, limitFault, readChunks } from './read-chunks.ts'
import { spliced } from './spliced.ts'
import { type Deadline, type Watchdog, watch } from './watchdog.ts'
import { readReply, type WholeReply } from './whole-answer.ts'

export interface Call {
  readonly provider: ProviderConfig
  readonly adapter: OutboundAdapter
  readonly secret: string
  readonly wire: WireRequest
  readonly stream: boolean
  /** The caller wants to see usage in the stream. */
  readonly streamUsage: boolean
  /** Choices that were asked for. */
  readonly choices: number
  readonly timeouts: Timeouts
  /** Time left until the deadline, ms. */
  readonly leftMs: number
  /** Time left until a stream that has begun must end, ms; `leftMs` where absent. */
  readonly streamLeftMs?: number
  readonly signal: StopSignal
  readonly onHeaders?: EngineRequest['onHeaders']
}

export interface CallParts {
  readonly transport: Transport
  readonly clock: Clock
}

/** A stream whose first content has arrived. `held` is everything up to it. */
export interface OpenStream {
  readonly held: readonly Chunk[]
  readonly rest: ChunkStream
  readonly firstTokenAtMs: number
}

export type CallAnswer = WholeReply | { readonly kind: 'stream'; readonly stream: OpenStream }

/** Bodies longer than this, in UTF-16 units, are written and sent in two turns, so that other work is not held up for both. */
const longUnits = 262_144
/** What is written of a body before it is asked whether that was much. */
const mostAtOnce = { items: 500, units: longUnits }
const faultLimitBytes = 65_536
/** The status has been told; its explanation is waited for no longer than this. */
const faultBodyMs = 1_000
const faultBodyLimit: LimitReason = {
  code: 'upstream_response_timeout',
  forMs: faultBodyMs,
  phase: 'body of an error',
}

export function callOnce(parts: CallParts, call: Call): Promise<Outcome<CallAnswer, Fault>> {
  return callWith(parts, call, (answer, dog) =>
    call.stream ? openStream(parts, call, { answer, dog }) : readReply(call.adapter, answer),
  )
}

/** Reads an answer with status 2xx that is not compressed. */
export type ReadAnswer<Value> = (
  answer: WireAnswer,
  dog: Watchdog<LimitReason>,
) => Promise<Outcome<Value, Fault>>

/** A call whose answer is read by `read`; limits, broken connections and error answers are faults. */
export async function callWith<Value>(
  parts: CallParts,
  call: Call,
  read: ReadAnswer<Value>,
): Promise<Outcome<Value, Fault>> {
  const { clock, transport } = parts
  const startedAtMs = clock.monoMs()
  const dog = watch<LimitReason>(clock, call.signal, deadlineOf(call, startedAtMs))
  limitPhase(call, dog, phaseOf(call), 0)
  const writing = bodyOf(call.wire, () => clock.sleep(0, dog.signal))
  const body = writing instanceof Promise ? await writing : writing
  const sent = await transport.send(wireCall(call, body, dog))
  if (sent.ok && call.stream && call.timeouts.headersMs !== undefined)
    limitPhase(call, dog, 'first_token', clock.monoMs() - startedAtMs)
  const outcome = sent.ok ? await readAnswer(call, { answer: sent.value, dog }, read) : sent
  if (!outcome.ok) {
    // An answer that was refused unread would keep its connection for ever.
    dog.close()
    return failed(withoutKeys(trueFault(outcome.fault, call, dog), call.provider.keys))
  }
  // A stream keeps its watchdog until its last byte.
  if (!call.stream) dog.stop()
  return outcome
}

/** A broken connection is the watchdog's or the caller's doing where one of them ended it; a status that was told stands. */
function trueFault(fault: Fault, call: Call, dog: Watchdog<LimitReason>): Fault {
  const fired = dog.fired()
  if (fired) return fault.cause?.status === undefined ? limitFault(fired) : fault
  return call.signal.aborted ? makeFault('cancelled', 'the caller went away') : fault
}

const wireCall = (call: Call, body: WireCall['body'], { signal }: Watchdog<LimitReason>): WireCall => ({
  baseUrl: call.provider.baseUrl,
  path: call.wire.path,
  local: call.provider.local,
  headers: wireHeaders(call),
  body,
  connectMs: call.timeouts.connectMs,
  signal,
})

interface Answered {
  readonly answer: WireAnswer
  readonly dog: Watchdog<LimitReason>
}

function readAnswer<Value>(
  call: Call,
  { answer, dog }: Answered,
  read: ReadAnswer<Value>,
): Outcome<Value, Fault> | Promise<Outcome<Value, Fault>> {
  call.onHeaders?.(answer.headers)
  if (answer.status < 200 || answer.status > 299) {
    dog.limit(Math.min(faultBodyMs, call.leftMs), faultBodyLimit)
    return readFault(call, answer).then(failed)
  }
  const encoding = answer.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    return failed(makeFault('upstream_malformed', 'the answer is compressed, which was not asked for'))
  return read(answer, dog)
}

/** A promise where the body is long: other work has its turns meanwhile. */
function bodyOf(
  { body, verbatim }: WireRequest,
  turn: () => Promise<void>,
): WireCall['body'] | Promise<WireCall['body']> {
  if (!verbatim && isLarge(body, mostAtOnce)) return writeInTurns(body, turn)
  const written = verbatim ? spliced(verbatim) : JSON.stringify(body)
  return written.length > longUnits ? turn().then(() => written) : written
}

async function writeInTurns(body: WireRequest['body'], turn: () => Promise<void>): Promise<string> {
  const written: string[] = []
  let units = 0
  for (const piece of jsonPieces(body, mostAtOnce)) {
    written.push(piece)
    units += piece.length
    if (units < longUnits) continue
    units = 0
    await turn()
  }
  const text = written.join('')
  if (text.length > longUnits) await turn()
  return text
}

function deadlineOf({ leftMs }: Call, startedAtMs: number): Deadline<LimitReason> {
  const reason: LimitReason = {
    code: 'deadline_exceeded',
    forMs: leftMs,
    phase: 'time left of the request',
  }
  return { atMs: startedAtMs + leftMs, reason }
}

type Phase = 'headers' | 'first_token' | 'response'

const phaseOf = ({ stream, timeouts }: Call): Phase => {
  if (!stream) return 'response'
  return timeouts.headersMs === undefined ? 'first_token' : 'headers'
}

const phases: Readonly<Record<Phase, { readonly code: FaultCode; readonly words: string }>> = {
  headers: { code: 'upstream_first_token_timeout', words: 'head of the answer' },
  first_token: { code: 'upstream_first_token_timeout', words: 'first token' },
  response: { code: 'upstream_response_timeout', words: 'whole answer' },
}

/** Each phase is counted from the start of the call, of which `spentMs` are over. */
function limitPhase({ timeouts }: Call, dog: Watchdog<LimitReason>, phase: Phase, spentMs: number): void {
  const { firstTokenMs, headersMs = firstTokenMs, responseMs } = timeouts
  const limits = {
    headers: Math.min(headersMs, firstTokenMs),
    first_token: firstTokenMs,
    response: responseMs,
  }
  const forMs = limits[phase]
  const { code, words } = phases[phase]
  dog.limit(Math.max(0, forMs - spentMs), { code, forMs, phase: words })
}

function wireHeaders(call: Call): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: call.stream ? 'text/event-stream' : 'application/json',
    'user-agent': 'adaptive-mind',
    // A gateway that is pointed at itself refuses the request instead of asking itself for ever.
    'x-adaptive-hop': '1',
    ...call.wire.headers,
  }
  if (call.secret !== '') {
    const [name, value] = call.adapter.authorize(call.secret)
    headers[name] = value
  }
  return headers
}

async function readFault(call: Call, answer: WireAnswer): Promise<Fault> {
  const body = await readStart(answer.body, faultLimitBytes)
  return call.adapter.readFault({ status: answer.status, headers: answer.headers, body })
}

async function openStream(
  parts: CallParts,
  call: Call,
  { answer, dog }: Answered,
): Promise<Outcome<CallAnswer, Fault>> {
  const type = answer.headers['content-type'] ?? ''
  if (type.includes('json') && !type.includes('event')) return failed(await notAStream(call, answer))
  if (type.includes('html'))
    return failed(makeFault('upstream_malformed', 'the answer is a web page, not a stream'))
  const { adapter, provider, timeouts, streamUsage, choices, signal } = call
  // Named one by one: what else the call knows would be held as long as the stream runs.
  const { body } = answer
  const rest = readChunks({ body, adapter, dog, provider, timeouts, streamUsage, choices, signal })
  const held = await untilContent(rest)
  if (!held.ok) return held
  const { leftMs, streamLeftMs = leftMs } = call
  if (streamLeftMs > leftMs) dog.extend(streamLeftMs - leftMs)
  return done({
    kind: 'stream',
    stream: { held: held.value, rest, firstTokenAtMs: parts.clock.monoMs() },
  })
}

/** JSON where a stream was asked for: an error with a success status, or a server that cannot stream. */
async function notAStream(call: Call, answer: WireAnswer): Promise<Fault> {
  const raw = await readStart(answer.body, faultLimitBytes)
  const reply = call.adapter.readReply(parseJson(raw))
  return reply.ok ? makeFault('upstream_malformed', 'JSON came where a stream was asked for') : reply.fault
}
