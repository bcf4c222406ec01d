/** Makes the call of a flight: what comes in is shown to all aboard, and kept where it is whole. */

import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { StreamPart } from '../../protocol/reply.ts'
import type { AnswerCache } from '../cache/answer-cache.ts'
import type { Flight } from '../cache/flights.ts'
import type { Meaning } from '../cache/semantic-index.ts'
import { type StoredAnswer, type StoredBody, type StoredChunk, textOf } from '../cache/stored-answer.ts'
import type { Answer, AnswerMeta, Chunk } from './engine-port.ts'
import type { Opened } from './opened.ts'

export interface Keeping {
  readonly opened: Opened
  readonly cache: AnswerCache<AnswerMeta>
  readonly key: string
  readonly ttlMs: number
  /** What it means, where that is compared and its vector came. */
  readonly meaning?: Meaning | undefined
}

/** Fills the flight with an answer, to its end. */
export async function carry(keeping: Keeping, flight: Flight<AnswerMeta>, answer: Answer): Promise<void> {
  const { meta } = answer
  if (answer.kind === 'fault')
    return flight.land({ kind: 'fault', fault: answer.fault, isOwn: isOwn(answer.fault) }, meta)
  if (answer.kind === 'reply') {
    const { reply, raw } = answer
    const stored = asStored(keeping, meta, { kind: 'reply', reply, ...(raw === undefined ? {} : { raw }) })
    if (flight.stores) keep(keeping, meta, stored)
    return flight.land({ kind: 'answer', answer: stored }, meta)
  }
  flight.begin(meta)
  for await (const chunk of answer.chunks) flight.push(chunk)
  if (flight.stores) keepStream(keeping, meta, flight.chunks())
  flight.land({ kind: 'stream' })
}

/** Passes an answer on and keeps a copy: for requests that share no flight. */
export function keepingCopy(keeping: Keeping, answer: Answer): Answer {
  const { meta } = answer
  if (answer.kind === 'fault') return answer
  if (answer.kind === 'stream') return { ...answer, chunks: copied(keeping, answer.meta, answer.chunks) }
  const { reply, raw } = answer
  keep(
    keeping,
    meta,
    asStored(keeping, meta, { kind: 'reply', reply, ...(raw === undefined ? {} : { raw }) }),
  )
  return answer
}

async function* copied(
  keeping: Keeping,
  meta: AnswerMeta,
  chunks: AsyncIterable<Chunk>,
): AsyncGenerator<Chunk, void> {
  const seen: StoredChunk[] = []
  for await (const chunk of chunks) {
    seen.push(chunk)
    // Whoever reads the end need not ask for more.
    if (chunk.parts.at(-1)?.kind === 'end') keepStream(keeping, meta, seen)
    yield chunk
  }
}

/** What is kept must have come fresh from one target: not from the cache itself, and not from two models. */
function keep({ cache, key, meaning, opened }: Keeping, meta: AnswerMeta, stored: StoredAnswer): void {
  if (meta.outcome !== 'SUCCESS' || !cache.keep(key, stored) || meaning === undefined) return
  cache.meanings.add(meaning, { key, requestId: opened.asked.requestId })
}

function keepStream(keeping: Keeping, meta: AnswerMeta, chunks: readonly StoredChunk[]): void {
  keep(keeping, meta, asStored(keeping, meta, { kind: 'stream', chunks }))
}

export function asStored({ opened, ttlMs }: Keeping, meta: AnswerMeta, body: StoredBody): StoredAnswer {
  const { parts, asked } = opened
  const nowMs = parts.clock.wallMs()
  const usage = usageOf(body)
  return {
    storedAtMs: nowMs,
    freshUntilMs: nowMs + ttlMs,
    provider: meta.provider ?? '',
    model: meta.model ?? '',
    simulated: meta.simulated,
    dropped: meta.dropped,
    ...(usage ? { usage } : {}),
    responseHash: parts.notary.hashText(textOf(body), asked.tenant),
    body,
  }
}

function usageOf(body: StoredBody) {
  if (body.kind === 'reply') return body.reply.usage
  const isUsage = (part: StreamPart) => part.kind === 'usage'
  const part = body.chunks.flatMap(({ parts }) => parts).findLast(isUsage)
  return part?.kind === 'usage' ? part.usage : undefined
}

/** Faults that speak of the one who asked and not of the request: another may well get an answer. */
function isOwn({ code, class: faultClass }: Fault): boolean {
  return faultClass === 'cancelled' || ownCodes.has(code)
}

const ownCodes: ReadonlySet<Fault['code']> = new Set([
  'deadline_exceeded',
  'ledger_unavailable',
  'rate_limited',
  'budget_exceeded',
])

export const nobodyAnswered = (): Fault => makeFault('internal', 'a shared call ended without an answer')
