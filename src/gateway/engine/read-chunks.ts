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

/** The last chunk holds `end` or `broken`, and never both. */
export async function* readChunks(source: ChunkSource): AsyncGenerator<Chunk, void> {
  const sse = createSseReader()
  const reader = source.adapter.openStream({ choices: source.choices })
  const pace = openPace(source)
  try {
    for await (const bytes of source.answer.body) {
      const chunk = flawed(toChunk(sse.push(bytes), reader, source), sse.flaw())
      pace(chunk.parts)
      if (chunk.parts.length > 0 || chunk.raw) {
        // How long the caller takes over a piece says nothing about the provider.
        source.dog.pause()
        yield chunk
        source.dog.resume()
      }
      if (isOver(chunk.parts)) return
    }
  } catch {
    // The socket broke, by itself or by the watchdog; what was read decides below whether the answer is whole.
  } finally {
    source.dog.stop()
  }
  yield lastChunk(source, sse, reader)
}

function toChunk(
  events: readonly SseEvent[],
  reader: StreamReader,
  { streamUsage, provider }: Pick<ChunkSource, 'streamUsage' | 'provider'>,
): Chunk {
  const parts: StreamPart[] = []
  let raw = ''
  for (const event of events) {
    const read = event.data === '' ? [] : named(reader.push(event))
    // The usage that only the ledger asked for is taken out of the caller's stream.
    const onlyUsage = read.length > 0 && read.every(({ kind }) => kind === 'usage')
    if (streamUsage || !onlyUsage) raw += event.raw
    for (const part of read) parts.push(part.kind === 'broken' ? hushed(part, provider.keys) : part)
    if (isOver(read)) break
  }
  return reader.isOdd?.() ? { parts } : { raw, parts }
}

const hushed = (part: StreamPart & { readonly kind: 'broken' }, keys: readonly string[]): StreamPart => ({
  ...part,
  fault: withoutKeys(part.fault, keys),
})

/** A call without a name cannot be made by anyone. */
function named(parts: readonly StreamPart[]): readonly StreamPart[] {
  if (!parts.some((part) => part.kind === 'tool_call' && part.name === '')) return parts
  return [{ kind: 'broken', fault: makeFault('upstream_malformed', 'a tool call has no name') }]
}

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
  return (parts) => {
    const before = finishes
    for (const { kind } of parts) if (kind === 'finish') finishes += 1
    if (finishes === before && !parts.some(isContent)) return
    const forMs = finishes >= choices ? afterFinishMs : timeouts.idleMs
    dog.limit(forMs, { code: 'upstream_idle_timeout', forMs, phase: 'between tokens' })
  }
}
