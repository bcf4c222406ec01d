/** Answers a request from what the cache kept: entered in the ledger as CACHED before its end leaves. */

import { type Fault, makeFault } from '../../protocol/fault.ts'
import { type StoredAnswer, type StoredChunk, textOf } from '../cache/stored-answer.ts'
import type { Answer, AnswerMeta } from './engine-port.ts'
import type { Session } from './session.ts'

/** Characters of the answer for the ledger's preview. */
const previewCharacters = 4_096

export type StoredWay = 'hit' | 'similar' | 'stale'

export async function answerStored(session: Session, stored: StoredAnswer, way: StoredWay): Promise<Answer> {
  const { body } = stored
  const meta = storedMeta(session, stored, way)
  if (body.kind === 'stream') return { kind: 'stream', chunks: replay(session, stored, body.chunks), meta }
  const refused = await enterCached(session, stored)
  if (refused) return { kind: 'fault', fault: refused, meta: session.meta('REJECTED') }
  const raw = body.raw === undefined ? {} : { raw: body.raw }
  return { kind: 'reply', reply: body.reply, ...raw, meta }
}

function storedMeta(session: Session, stored: StoredAnswer, way: StoredWay): AnswerMeta {
  const { provider, model, simulated, dropped } = stored
  return { ...session.meta('CACHED', { provider, model, simulated, dropped }), cache: way }
}

async function* replay(
  session: Session,
  stored: StoredAnswer,
  chunks: readonly StoredChunk[],
): AsyncGenerator<StoredChunk, void> {
  let isEntered = false
  try {
    yield* chunks.slice(0, -1)
    isEntered = true
    const refused = await enterCached(session, stored)
    if (refused) yield { parts: [{ kind: 'broken', fault: refused }] }
    else yield* chunks.slice(-1)
  } finally {
    if (!isEntered) await session.fail(makeFault('cancelled', 'the caller went away'))
  }
}

/** A fault where the answer may not be given because it could not be recorded. */
export async function enterCached(session: Session, stored: StoredAnswer): Promise<Fault | undefined> {
  const { provider, model, simulated, dropped, usage, responseHash } = stored
  const final = { provider, model, simulated, dropped }
  const written = await session.end(
    { outcome: 'CACHED', final, usage, finalResponseHash: responseHash },
    textOf(stored.body, previewCharacters),
  )
  if (written.ok || session.config.ledger.mode !== 'required') return undefined
  return makeFault('ledger_unavailable', 'the ledger cannot be written')
}
