/** Hands a committed stream to the caller, and enters it in the ledger before its last chunk leaves. */

import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { StreamPart, Usage } from '../../protocol/reply.ts'
import type { OpenStream } from './call.ts'
import type { Answer, Chunk } from './engine-port.ts'
import { finalOf, settle, type Trying } from './trying.ts'

/** Characters kept for the preview. */
const previewCharacters = 4_096

export function deliver(trying: Trying, stream: OpenStream): Answer {
  const { session } = trying
  const final = finalOf(trying)
  const sameDialect = trying.provider.dialect === session.asked.request.dialect
  const chunks = follow(trying, stream, sameDialect)
  const meta = session.meta('SUCCESS', final)
  return { kind: 'stream', chunks, meta: { ...meta, attempts: meta.attempts + 1 } }
}

interface Seen {
  usage?: Usage
  fault?: Fault
  preview: string
  over: boolean
}

async function* follow(
  trying: Trying,
  stream: OpenStream,
  sameDialect: boolean,
): AsyncGenerator<Chunk, void> {
  const { session } = trying
  const hash = session.parts.notary.openTextHash(session.asked.tenant)
  const seen: Seen = { preview: '', over: false }
  const firstTokenMs = session.log.nowMs()
  const finish = () => finishStream(trying, seen, { firstTokenMs, responseHash: hash.digest() })
  try {
    for await (const chunk of inOrder(stream)) {
      for (const part of chunk.parts) {
        if (part.kind === 'text') hash.update(part.text)
        look(seen, part)
      }
      const refused = seen.over ? await finish() : undefined
      yield refused
        ? { parts: [{ kind: 'broken', fault: refused }] }
        : sameDialect
          ? chunk
          : { parts: chunk.parts }
      if (seen.over) return
    }
  } finally {
    if (!seen.over) {
      seen.fault = makeFault('cancelled', 'the caller went away')
      await finish()
    }
  }
}

async function* inOrder(stream: OpenStream): AsyncGenerator<Chunk, void> {
  try {
    yield* stream.held
    yield* stream.rest
  } finally {
    // A caller may leave while held chunks are read: the provider's socket is closed all the same.
    await stream.rest.return()
  }
}

function look(seen: Seen, part: StreamPart): void {
  if (part.kind === 'usage') seen.usage = part.usage
  if (part.kind === 'text' && seen.preview.length < previewCharacters) seen.preview += part.text
  if (part.kind === 'broken') seen.fault = part.fault
  if (part.kind === 'broken' || part.kind === 'end') seen.over = true
}

/** Returns a fault where the end may not be told because it could not be recorded. */
async function finishStream(
  trying: Trying,
  seen: Seen,
  at: { readonly firstTokenMs: number; readonly responseHash: string },
): Promise<Fault | undefined> {
  const { session } = trying
  const { fault, usage } = seen
  const costUsd = settle(trying, { fault, usage, firstTokenMs: at.firstTokenMs })
  if (fault)
    session.log.follows('give_up', `${fault.code} after the answer had begun: the stream ends with an error`)
  const outcome = fault === undefined ? 'SUCCESS' : fault.class === 'cancelled' ? 'CANCELLED' : 'FAILURE'
  const written = await session.end(
    {
      outcome,
      fault,
      final: finalOf(trying),
      usage,
      costUsd,
      timeToFirstTokenMs: at.firstTokenMs,
      finalResponseHash: at.responseHash,
    },
    seen.preview,
  )
  if (written.ok || session.config.ledger.mode !== 'required') return undefined
  return makeFault('ledger_unavailable', 'the ledger cannot be written')
}
