/** Reads a provider's stream into chunks, watching its pace; a damaged or silent stream ends with a `broken` part. */

import { type Flow, handOver, type Take, type Taken } from '../../base/flow.ts'
import type { StopSignal } from '../../base/stop-signal.ts'
import type { ProviderConfig, Timeouts } from '../../config/config.ts'
import type { OutboundAdapter, SseEvent, StreamReader } from '../../protocol/adapter.ts'
import { type Fault, type FaultCode, makeFault } from '../../protocol/fault.ts'
import { isContent, type StreamPart } from '../../protocol/reply.ts'
import { withoutKeys } from '../../protocol/without-keys.ts'
import { createSseReader, type SseReader } from '../transport/sse.ts'
import type { WireAnswer } from '../transport/transport.ts'
import type { Chunk } from './engine-port.ts'
import type { Watchdog } from './watchdog.ts'

export interface LimitReason {
  readonly code: FaultCode
  readonly forMs: number
  /** In words for people. */
  readonly phase: string
}

export function limitFault({ code, forMs, phase }: LimitReason): Fault {
  return makeFault(code, `nothing within ${Math.round(forMs)} ms (${phase})`)
}

export interface ChunkSource {
  readonly body: WireAnswer['body']
  readonly adapter: OutboundAdapter
  readonly dog: Watchdog<LimitReason>
  readonly timeouts: Timeouts
  readonly streamUsage: boolean
  /** Choices that were asked for. */
  readonly choices: number
  readonly signal: StopSignal
  /** Its keys are taken out of what it says. */
  readonly provider: Pick<ProviderConfig, 'keys'>
}

/** After the last finish reason: how long usage and the end marker may still take. */
const afterFinishMs = 1_000

/** The chunks of one stream, asked for one after the other. */
export interface ChunkStream extends Flow<Chunk>, AsyncIterable<Chunk> {
  /** Nobody asks any more. */
  return(): Promise<IteratorResult<Chunk, undefined>>
}

const over = { done: true, value: undefined } as const

/** The last chunk holds `end` or `broken`, and never both. */
export const readChunks = (source: ChunkSource): ChunkStream => new ChunkReader(source)

/** Has identity: reads one stream to its end. Not a generator, for that costs every token two turns of the microtask queue. */
class ChunkReader implements ChunkStream {
  readonly #source: ChunkSource
  readonly #bytes: AsyncIterator<Uint8Array, undefined>
  readonly #sse = createSseReader()
  readonly #reader: StreamReader
  readonly #pace: Pace
  #isOver = false
  /** Whoever takes the chunks has had the last of them, or wants no more. */
  #isDone = false
  #isTaking = false

  constructor(source: ChunkSource) {
    this.#source = source
    this.#bytes = source.body[Symbol.asyncIterator]()
    this.#reader = source.adapter.openStream({ choices: source.choices })
    this.#pace = new Pace(source)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Chunk, undefined>> {
    let next: IteratorResult<Chunk, undefined> = over
    await this.flow((chunk) => {
      next = { done: false, value: chunk }
      return false
    })
    // How long the caller takes over a piece says nothing about the provider.
    this.#source.dog.pause()
    return next
  }

  /** No function that waits: it would be held as long as the stream runs. */
  flow(take: Take<Chunk>): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    this.#isDone = false
    this.#isTaking = false
    this.#source.dog.resume()
    const end = (error?: unknown) => {
      // Where the socket broke, by itself or by the watchdog, what was read decides whether the answer is whole.
      if (this.#isTaking) throw error
      if (!this.#isDone) take(this.#end())
    }
    return handOver(this.#bytes, (bytes) => this.#handOn(bytes, take)).then(end, end)
  }

  #handOn(bytes: Uint8Array, take: Take<Chunk>): Taken {
    const chunk = this.#chunkOf(bytes)
    if (chunk === undefined) return false
    const isLast = isOver(chunk.parts)
    if (isLast) void this.return()
    else if (chunk.parts.length === 0 && !chunk.raw) return true
    this.#isTaking = true
    const taken = take(chunk)
    this.#isTaking = false
    this.#isDone = isLast || taken === false
    return this.#isDone ? false : this.#whilePaused(taken)
  }

  #whilePaused(taken: Taken): Taken {
    if (typeof taken === 'boolean') return taken
    const { dog } = this.#source
    dog.pause()
    return taken.finally(() => dog.resume())
  }

  async return(): Promise<IteratorResult<Chunk, undefined>> {
    if (this.#isOver) return over
    this.#isOver = true
    this.#source.dog.stop()
    await this.#bytes.return?.()
    return over
  }

  /** Undefined where they cannot be read. */
  #chunkOf(bytes: Uint8Array): Chunk | undefined {
    try {
      const chunk = flawed(toChunk(this.#sse.push(bytes), this.#reader, this.#source), this.#sse.flaw())
      this.#pace.move(chunk.parts)
      return chunk
    } catch {
      return undefined
    }
  }

  #end(): Chunk {
    this.#isOver = true
    this.#source.dog.stop()
    return lastChunk(this.#source, this.#sse, this.#reader)
  }
}

const none: readonly StreamPart[] = []

function toChunk(
  events: readonly SseEvent[],
  reader: StreamReader,
  { streamUsage, provider }: Pick<ChunkSource, 'streamUsage' | 'provider'>,
): Chunk {
  const all: StreamPart[] | undefined = events.length > 1 ? [] : undefined
  let parts = all ?? none
  let raw = ''
  for (const event of events) {
    const given = event.data === '' ? none : reader.push(event)
    const isPlain = given.length === 1 && given[0]?.kind === 'text'
    const read = isPlain ? given : sound(given, provider.keys)
    if (all) all.push(...read)
    else parts = read
    // The usage that only the ledger asked for is taken out of the caller's stream.
    if (isPlain || streamUsage || !isUsage(read)) raw += event.raw
    if (!isPlain && isOver(read)) break
  }
  return reader.isOdd?.() ? { parts } : { raw, parts }
}

const isUsage = (parts: readonly StreamPart[]) =>
  parts.length > 0 && parts.every(({ kind }) => kind === 'usage')

/** A call without a name cannot be made by anyone; and no fault tells a key. */
function sound(parts: readonly StreamPart[], keys: readonly string[]): readonly StreamPart[] {
  if (parts.some((part) => part.kind === 'tool_call' && part.name === ''))
    return [{ kind: 'broken', fault: makeFault('upstream_malformed', 'a tool call has no name') }]
  return parts.map((part) => (part.kind === 'broken' ? hushed(part, keys) : part))
}

const hushed = (part: StreamPart & { readonly kind: 'broken' }, keys: readonly string[]): StreamPart => ({
  ...part,
  fault: withoutKeys(part.fault, keys),
})

/** What was read before the flaw is still told. */
function flawed(chunk: Chunk, flaw: string | undefined): Chunk {
  if (flaw === undefined || isOver(chunk.parts)) return chunk
  return {
    ...chunk,
    parts: [...chunk.parts, { kind: 'broken', fault: makeFault('upstream_malformed', flaw) }],
  }
}

const isOver = (parts: readonly StreamPart[]) => parts.some(({ kind }) => kind === 'end' || kind === 'broken')

function lastChunk(source: ChunkSource, sse: SseReader, reader: StreamReader): Chunk {
  const isEnded = source.dog.fired() !== undefined || source.signal.aborted
  const rest = toChunk(sse.end(), reader, source)
  // What we end ourselves may end in the middle of a character: that is no flaw of the provider's.
  const chunk = isEnded ? rest : flawed(rest, sse.flaw())
  if (isOver(chunk.parts)) return chunk
  const parts = [...chunk.parts, ...reader.end()]
  const fired = source.dog.fired()
  const broken = parts.some(({ kind }) => kind === 'broken')
  if (!broken || (!fired && !source.signal.aborted)) return { raw: chunk.raw, parts }
  const fault = fired ? limitFault(fired) : makeFault('cancelled', 'the caller went away')
  return {
    raw: chunk.raw,
    parts: [...parts.filter(({ kind }) => kind !== 'broken'), { kind: 'broken', fault }],
  }
}

/** Has identity: moves the watchdog on with content, and only with content, for comments and pings are no progress. A class, for one is made for every stream. */
class Pace {
  readonly #source: ChunkSource
  #finishes = 0
  #reason: LimitReason

  constructor(source: ChunkSource) {
    this.#source = source
    this.#reason = idle(source.timeouts.idleMs)
  }

  move(parts: readonly StreamPart[]): void {
    const { dog, timeouts, choices } = this.#source
    let isMore = false
    for (const part of parts) {
      if (part.kind === 'finish') this.#finishes += 1
      isMore ||= part.kind === 'finish' || isContent(part)
    }
    if (!isMore) return
    const forMs = this.#finishes >= choices ? afterFinishMs : timeouts.idleMs
    if (forMs !== this.#reason.forMs) this.#reason = idle(forMs)
    dog.limit(forMs, this.#reason)
  }
}

const idle = (forMs: number): LimitReason => ({
  code: 'upstream_idle_timeout',
  forMs,
  phase: 'between tokens',
})
