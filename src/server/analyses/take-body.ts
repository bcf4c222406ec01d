/** Takes in what is posted to be analysed: small bodies are read here, large ones go unread to a thread of their own. */

import type { IncomingMessage } from 'node:http'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import type { ThreadRead, TraceThread } from '../../refinery/apart/trace-thread.ts'
import type { TraceThreads } from '../../refinery/apart/trace-threads.ts'
import { bodyLimits, excessFault, objectOf } from '../read-body.ts'

export type TakenBody =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'read'
      /** Without the trace. */
      readonly rest: Readonly<Record<string, unknown>>
      /** Absent where the body has none. A fault is the reason in words. */
      readonly trace?: Outcome<HeldTrace, string>
    }

export interface BodyBounds {
  readonly limitBytes: number
  readonly threads: TraceThreads
}

/** What this thread reads in less than a few milliseconds. */
const smallBytes = 128 * 1024

export async function takeBody(
  request: Pick<IncomingMessage, 'headers'> & AsyncIterable<Buffer>,
  { limitBytes, threads }: BodyBounds,
): Promise<Outcome<TakenBody, Fault>> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return failed(tooLarge())
  const taking: Taking = { pieces: [], bytes: 0 }
  const fault = await takePieces(request, taking, { limitBytes, threads }).catch(() =>
    makeFault('cancelled', 'the caller went away'),
  )
  const { thread, pieces } = taking
  if (fault) {
    thread?.close()
    return failed(fault)
  }
  return thread
    ? await readThere(thread)
    : done({ kind: 'text', text: Buffer.concat(pieces).toString('utf8') })
}

interface Taking {
  pieces: Buffer[]
  bytes: number
  thread?: TraceThread
}

async function takePieces(
  request: AsyncIterable<Buffer>,
  taking: Taking,
  { limitBytes, threads }: BodyBounds,
): Promise<Fault | undefined> {
  for await (const piece of request) {
    taking.bytes += piece.length
    if (taking.bytes > limitBytes) return tooLarge()
    if (taking.thread) {
      await taking.thread.write(piece)
      continue
    }
    taking.pieces.push(piece)
    if (taking.bytes <= smallBytes) continue
    const started = threads.start({ kind: 'body', limits: bodyLimits })
    if (!started) return tooMany(threads.most)
    taking.thread = started
    for (const one of taking.pieces.splice(0)) await started.write(one)
  }
  return undefined
}

async function readThere(thread: TraceThread): Promise<Outcome<TakenBody, Fault>> {
  const read = await thread.end()
  const taken = read.ok ? takenOf(read.value) : failed(makeFault('invalid_request', read.fault))
  if (!taken.ok || !read.ok || !read.value.held) thread.close()
  return taken
}

function takenOf({ told, held }: ThreadRead): Outcome<TakenBody, Fault> {
  if (told.excess) return failed(excessFault(told.excess))
  const rest = objectOf(told.rest)
  if (!rest.ok) return rest
  const trace = held ? done(held) : told.trace && !told.trace.ok ? told.trace : undefined
  return done({ kind: 'read', rest: rest.value, ...(trace ? { trace } : {}) })
}

const tooLarge = () => makeFault('body_too_large', 'the body is too large')

export const tooMany = (most: number): Fault =>
  makeFault('gateway_overloaded', `${most} large traces are being analysed`, { retryAfterMs: 5_000 })
