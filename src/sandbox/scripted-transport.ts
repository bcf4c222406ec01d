/** A transport that answers from a script instead of a network, and notes every call. */

import type { Clock } from '../base/clock.ts'
import { done, failed } from '../base/outcome.ts'
import type { Transport, WireCall } from '../gateway/transport/transport.ts'
import { makeFault } from '../protocol/fault.ts'

export interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Pieces of a stream, in order; instead of `body`. */
  readonly pieces?: readonly string[]
  /** Wait before the head, ms. */
  readonly delayMs?: number
  /** Wait before each piece, ms. */
  readonly pieceDelayMs?: number
  /** After the pieces: end (default), a broken socket, or silence. */
  readonly ending?: 'end' | 'reset' | 'stall'
  /** No connection at all. */
  readonly refused?: boolean
}

export interface NotedCall {
  readonly atMs: number
  readonly origin: string
  readonly model: string
  readonly key: string
  /** When the caller's side ended it, ms. */
  endedAtMs?: number
}

export interface ScriptedTransport extends Transport {
  readonly calls: readonly NotedCall[]
}

export type Script = (
  call: NotedCall & { readonly body: Record<string, unknown> },
  index: number,
) => ScriptedAnswer

export function createScriptedTransport(clock: Clock, script: Script): ScriptedTransport {
  const calls: NotedCall[] = []
  return {
    calls,
    async send(call) {
      const body = JSON.parse(call.body)
      const noted: NotedCall = {
        atMs: clock.monoMs(),
        origin: call.baseUrl,
        model: String(body.model ?? /models\/([^:]+)/.exec(call.path)?.[1] ?? ''),
        key: keyOf(call),
      }
      calls.push(noted)
      call.signal.addEventListener('abort', () => {
        noted.endedAtMs = clock.monoMs()
      })
      const answer = script({ ...noted, body }, calls.length - 1)
      if (answer.delayMs) await clock.sleep(answer.delayMs, call.signal)
      if (call.signal.aborted || answer.refused)
        return failed(makeFault('upstream_unreachable', 'scripted: no connection'))
      const type = answer.pieces ? 'text/event-stream' : 'application/json'
      const headers = { 'content-type': type, ...answer.headers }
      return done({ status: answer.status ?? 200, headers, body: bytesOf(clock, answer, call.signal) })
    },
    close: async () => {},
  }
}

const keyOf = ({ headers }: WireCall) =>
  (headers['authorization'] ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? '').replace(
    /^Bearer /,
    '',
  )

async function* bytesOf(
  clock: Clock,
  answer: ScriptedAnswer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for (const piece of answer.pieces ?? [answer.body ?? '']) {
    if (answer.pieceDelayMs) await clock.sleep(answer.pieceDelayMs, signal)
    if (signal.aborted) throw new Error('aborted')
    yield encoder.encode(piece)
  }
  if (answer.ending === 'reset') throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
  if (answer.ending === 'stall') {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    throw new Error('aborted')
  }
}
