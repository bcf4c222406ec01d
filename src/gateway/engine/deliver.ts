/** Hands a committed stream to the caller, finishes it with another target where it breaks, and enters it in the ledger before its last chunk leaves. */

import type { Take, Taken } from '../../base/flow.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { StreamPart } from '../../protocol/reply.ts'
import type { OpenStream } from './call.ts'
import type { Answer, Chunk, ChunkFlow } from './engine-port.ts'
import { Heard, hear } from './heard.ts'
import { InOrder } from './in-order.ts'
import type { ChunkStream } from './read-chunks.ts'
import type { Resume, Resumed } from './resume.ts'
import type { Session } from './session.ts'
import { openTranscript } from './transcript.ts'
import { finalOf, settle, type Trying } from './trying.ts'

/** What to do when the stream breaks: tell that the call did, and find who goes on. */
export interface Recovery {
  readonly broke: (fault: Fault) => void
  readonly resume: Resume
}

export function deliver(trying: Trying, stream: OpenStream, recovery: Recovery): Answer {
  const { session } = trying
  const chunks = new Following(trying, stream, recovery)
  const meta = session.meta(session.success(), finalOf(trying))
  return { kind: 'stream', chunks, meta: { ...meta, attempts: meta.attempts + 1 } }
}

/** Has identity: a stream on its way to the caller. A class, for one is made for every stream. */
class Following implements ChunkFlow {
  readonly session: Session
  readonly heard: Heard
  readonly voices: Voices
  readonly source: ChunkStream
  readonly resume: Resume
  /** The provider's own text goes on where the caller speaks its dialect. */
  readonly isRelayed: boolean
  /** What went wrong in handing it over. */
  broke: { readonly error: unknown } | undefined

  constructor(first: Trying, stream: OpenStream, { broke, resume }: Recovery) {
    const { session } = first
    const transcript = openTranscript(session.parts.notary, session.asked.tenant)
    this.session = session
    this.heard = new Heard(transcript, session.log.nowMs())
    this.voices = { speaking: first, way: undefined, from: undefined, broke }
    this.source = new InOrder(stream)
    this.resume = resume
    this.isRelayed = first.provider.dialect === session.asked.request.dialect
  }

  relay(take: Take<Chunk>): Promise<void> {
    const each = (chunk: Chunk): Taken => {
      const told = toTell(this, chunk)
      const taken = told === undefined || take(told)
      return this.heard.isOver ? false : taken
    }
    return this.source.flow(each).catch((error: unknown) => {
      this.broke = { error }
    })
  }

  [Symbol.asyncIterator](): AsyncGenerator<Chunk, void> {
    return goOn(this)
  }
}

async function* goOn(following: Following): AsyncGenerator<Chunk, void> {
  const { session, heard, voices, source, resume } = following
  try {
    if (following.broke) throw following.broke.error
    if (!heard.isOver)
      for await (const chunk of source) {
        const told = toTell(following, chunk)
        if (told) yield told
        if (heard.isOver) break
      }
    while (heard.fault && mayResume(heard.fault)) {
      const fault = heard.fault
      settleVoice(voices.speaking, heard, fault)
      voices.broke(fault)
      const resumed = await nextVoice(voices, resume, heard)
      if (resumed === undefined) break
      yield* laterVoice(voices, resumed, heard)
    }
    yield* lastWords(voices, heard)
  } catch {
    const fault = makeFault('internal', 'an unexpected error')
    heard.isEntered = true
    await session.end({ outcome: 'FAILURE', fault, final: finalOf(voices.speaking) })
    yield { parts: [{ kind: 'broken', fault }] }
  } finally {
    if (!heard.isEntered) {
      heard.fault = makeFault('cancelled', 'the caller went away')
      await enter(voices, heard)
    }
  }
}

interface Voices {
  speaking: Trying
  way: string | undefined
  /** The provider whose stream broke last. */
  from: string | undefined
  broke: (fault: Fault) => void
}

/** A caller who left, or a refusal by policy, is not helped by another target. */
const mayResume = (fault: Fault) => fault.retry !== 'never'

/** What the caller is told of a chunk now: nothing of a break, and the end only once its entry is written. */
function toTell({ heard, isRelayed }: Following, given: Chunk): Chunk | undefined {
  const chunk = isRelayed ? given : { parts: given.parts }
  for (const part of chunk.parts) hear(heard, part)
  if (!heard.isOver) return chunk
  if (heard.fault) {
    const whole = chunk.parts.filter(({ kind }) => kind !== 'broken')
    return whole.length > 0 ? { parts: whole } : undefined
  }
  heard.last = chunk
  return undefined
}

async function nextVoice(voices: Voices, resume: Resume, heard: Heard): Promise<Resumed | undefined> {
  const next = await resume(heard.said())
  if (!next.ok) {
    heard.isSettled = true
    // What broke the stream is its fault; but a caller who left meanwhile has ended the request himself.
    if (next.fault.class === 'cancelled') heard.fault = next.fault
    return undefined
  }
  voices.from = voices.speaking.lease.provider
  voices.speaking = next.value.trying
  voices.way = next.value.way
  voices.broke = next.value.broke
  heard.beginVoice()
  return next.value
}

async function* laterVoice(voices: Voices, resumed: Resumed, heard: Heard): AsyncGenerator<Chunk, void> {
  const { lease } = resumed.trying
  yield { parts: [{ kind: 'start', id: '', model: lease.model }] }
  for await (const part of resumed.parts) {
    hear(heard, part)
    if (heard.fault) return
    if (part.kind === 'finish') yield { parts: [recoveredPart(voices)] }
    if (heard.isOver) {
      heard.last = { parts: [part] }
      return
    }
    yield { parts: [part] }
  }
}

function recoveredPart({ speaking, way, from }: Voices): StreamPart {
  const { provider, model } = speaking.lease
  return { kind: 'adaptive', facts: { outcome: 'recovered_success', way, from, provider, model } }
}

function settleVoice(trying: Trying, heard: Heard, fault: Fault): void {
  settle(trying, { fault, usage: heard.usage, firstTokenMs: heard.firstTokenMs, spoke: heard.spoke() })
}

/** The end, or the error that stands in its place; the entry is written before either leaves. */
async function* lastWords(voices: Voices, heard: Heard): AsyncGenerator<Chunk, void> {
  const refused = await enter(voices, heard)
  const fault = refused ?? heard.fault
  if (fault) yield { parts: [{ kind: 'broken', fault }] }
  else if (heard.last) yield heard.last
}

/** Returns a fault where the end may not be told because it could not be recorded. */
async function enter(voices: Voices, heard: Heard): Promise<Fault | undefined> {
  heard.isEntered = true
  const trying = voices.speaking
  const { session, lease } = trying
  const { fault, usage } = heard
  if (!heard.isSettled)
    settle(trying, { fault, usage, firstTokenMs: heard.firstTokenMs, spoke: heard.spoke() })
  if (fault && !heard.isSettled)
    session.log.follows('give_up', `${fault.code} after the answer had begun: the stream ends with an error`)
  const isRecovered = fault === undefined && voices.way !== undefined
  if (isRecovered)
    session.log.publish(
      'stream.recovered',
      { way: voices.way ?? '', fromProvider: voices.from ?? '', toProvider: lease.provider },
      lease,
    )
  const written = await session.end(
    {
      outcome: isRecovered ? 'RECOVERED_SUCCESS' : fault === undefined ? session.success() : endOf(fault),
      fault,
      final: finalOf(trying),
      usage,
      timeToFirstTokenMs: heard.startedMs,
      finalResponseHash: heard.transcript.digest(),
    },
    heard.transcript.start(),
  )
  if (written.ok || session.config.ledger.mode !== 'required') return undefined
  return makeFault('ledger_unavailable', 'the ledger cannot be written')
}

const endOf = (fault: Fault) => (fault.class === 'cancelled' ? 'CANCELLED' : 'FAILURE')
