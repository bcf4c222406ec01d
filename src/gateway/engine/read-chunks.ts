/** Reads a provider's stream into chunks, watching its pace; a damaged or silent stream ends with a `broken` part. */

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
  readonly answer: WireAnswer
  readonly adapter: OutboundAdapter
  readonly dog: Watchdog<LimitReason>
  readonly timeouts: Timeouts
  readonly streamUsage: boolean
  /** Choices that were asked for. */
  readonly choices: number
  readonly signal: AbortSignal
  /** Its keys are taken out of what it says. */
  readonly provider: Pick<ProviderConfig, 'keys'>
}

/** After the last finish reason: how long usage and the end marker may still take. */
const afterFinishMs = 1_000

/** The chunks of one stream, asked for one after the other. */
export interface ChunkStream extends AsyncIterableIterator<Chunk, undefined> {
  /** Nobody asks any more. */
  return(): Promise<IteratorResult<Chunk, undefined>>
}

const over = { done: true, value: undefined } as const

/** The last chunk holds `end` or `broken`, and never both. */
export const readChunks = (source: ChunkSource): ChunkStream => new ChunkReader(source)

/** Has identity: reads one stream to its end. Not a generator, for that costs every token two turns of the microtask queue. */
class ChunkReader implements ChunkStream {
  readonly #source: ChunkSource
  readonly #bytes: AsyncIterator<Uint8Array>
  readonly #sse = createSseReader()
  readonly #reader: StreamReader
  readonly #pace: (parts: readonly StreamPart[]) => void
  #isOver = false

  constructor(source: ChunkSource) {
    this.#source = source
    this.#bytes = source.answer.body[Symbol.asyncIterator]()
    this.#reader = source.adapter.openStream({ choices: source.choices })
    this.#pace = openPace(source)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Chunk, undefined>> {
    if (this.#isOver) return Promise.resolve(over)
    // How long the caller took over the last piece says nothing about the provider.
    this.#source.dog.resume()
    return this.#bytes.next().then(this.#read, this.#end)
  }

  async return(): Promise<IteratorResult<Chunk, undefined>> {
    if (!this.#isOver) await this.#leave()
    return over
  }

  readonly #read = (next: IteratorResult<Uint8Array>) => {
    const chunk = next.done ? undefined : this.#chunkOf(next.value)
    if (chunk === undefined) return this.#end()
    if (isOver(chunk.parts)) void this.#leave()
    else if (chunk.parts.length === 0 && !chunk.raw) return this.next()
    else this.#source.dog.pause()
    return { done: false, value: chunk } as const
  }

  /** Undefined where they cannot be read. */
  #chunkOf(bytes: Uint8Array): Chunk | undefined {
    try {
      const chunk = flawed(toChunk(this.#sse.push(bytes), this.#reader, this.#source), this.#sse.flaw())
      this.#pace(chunk.parts)
      return chunk
    } catch {
      return undefined
    }
  }

  /** The bytes are over, or the socket broke, by itself or by the watchdog: what was read decides whether the answer is whole. */
  readonly #end = () => {
    this.#isOver = true
    this.#source.dog.stop()
    return { done: false, value: lastChunk(this.#source, this.#sse, this.#reader) } as const
  }

  async #leave(): Promise<void> {
    this.#isOver = true
    this.#source.dog.stop()
    await this.#bytes.return?.()
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
    const read = event.data === '' ? none : sound(reader.push(event), provider.keys)
    // The usage that only the ledger asked for is taken out of the caller's stream.
    const onlyUsage = read.length > 0 && read.every(({ kind }) => kind === 'usage')
    if (streamUsage || !onlyUsage) raw += event.raw
    if (all) all.push(...read)
    else parts = read
    if (isOver(read)) break
  }
  return reader.isOdd?.() ? { parts } : { raw, parts }
}

/** A call without a name cannot be made by anyone; and no fault tells a key. */
function sound(parts: readonly StreamPart[], keys: readonly string[]): readonly StreamPart[] {
  if (parts.length === 1 && parts[0]?.kind === 'text') return parts
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

/** Moves the watchdog on with content, and only with content: comments and pings are no progress. */
function openPace({ dog, timeouts, choices }: ChunkSource): (parts: readonly StreamPart[]) => void {
  let finishes = 0
  let reason = idle(timeouts.idleMs)
  return (parts) => {
    let isMore = false
    for (const part of parts) {
      if (part.kind === 'finish') finishes += 1
      isMore ||= part.kind === 'finish' || isContent(part)
    }
    if (!isMore) return
    const forMs = finishes >= choices ? afterFinishMs : timeouts.idleMs
    if (forMs !== reason.forMs) reason = idle(forMs)
    dog.limit(forMs, reason)
  }
}

const idle = (forMs: number): LimitReason => ({
  code: 'upstream_idle_timeout',
  forMs,
  phase: 'between tokens',
})
