/** A transport that answers from a script instead of a network, and notes every call. */

import type { Clock } from '../base/clock.ts'
import { done, failed } from '../base/outcome.ts'
import type { StopSignal } from '../base/stop-signal.ts'
import type { Transport, WireCall } from '../gateway/transport/transport.ts'
import { makeFault } from '../protocol/fault.ts'

export interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Pieces of a stream, in order; instead of `body`. Bytes may be cut anywhere. */
  readonly pieces?: readonly (string | Uint8Array)[]
  /** Wait before the head, ms. */
  readonly delayMs?: number
  /** Wait before each piece, ms. */
  readonly pieceDelayMs?: number
  /** After the pieces: end (default), a broken socket, or silence. */
  readonly ending?: 'end' | 'reset' | 'stall'
  /** No connection at all. */
  readonly refused?: boolean
  /** The fault of a connection that never came; implies `refused`. */
  readonly connection?: 'upstream_unreachable' | 'upstream_connect_timeout'
}

/** `told` everything, `broken` by the script, `aborted` by the signal, or `left` by a reader who had enough. */
export type CallEnd = 'told' | 'broken' | 'aborted' | 'left'

export interface NotedCall {
  readonly atMs: number
  readonly origin: string
  readonly model: string
  readonly key: string
  /** When it was over, ms; absent while its socket would still be open. */
  endedAtMs?: number
  end?: CallEnd
}

export interface ScriptedTransport extends Transport {
  readonly calls: readonly NotedCall[]
}

export type Script = (
  call: NotedCall & { readonly body: Record<string, unknown> },
  index: number,
) => ScriptedAnswer

/** `onEnd` is told of each call once, when its socket would close. */
export function createScriptedTransport(
  clock: Clock,
  script: Script,
  onEnd: (call: NotedCall, index: number) => void = () => {},
): ScriptedTransport {
  const calls: NotedCall[] = []
  return {
    calls,
    async send(call) {
      const body = JSON.parse(Buffer.from(call.body).toString())
      const noted: NotedCall = {
        atMs: clock.monoMs(),
        origin: call.baseUrl,
        model: String(body.model ?? /models\/([^:]+)/.exec(call.path)?.[1] ?? ''),
        key: keyOf(call),
      }
      const index = calls.push(noted) - 1
      const close = (end: CallEnd) => {
        if (noted.end) return
        Object.assign(noted, { end, endedAtMs: clock.monoMs() })
        onEnd(noted, index)
      }
      call.signal.addEventListener('abort', () => close('aborted'), { once: true })
      const answer = script({ ...noted, body }, index)
      if (answer.delayMs) await clock.sleep(answer.delayMs, call.signal)
      if (call.signal.aborted || answer.refused || answer.connection) {
        close('broken')
        return failed(makeFault(answer.connection ?? 'upstream_unreachable', 'scripted: no connection'))
      }
      const type = answer.pieces ? 'text/event-stream' : 'application/json'
      const headers = { 'content-type': type, ...answer.headers }
      const bytes = bytesOf(clock, answer, call.signal)
      return done({ status: answer.status ?? 200, headers, body: closing(bytes, close) })
    },
    close: async () => {},
  }
}

const keyOf = ({ headers }: WireCall) =>
  (headers['authorization'] ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? '').replace(
    /^Bearer /,
    '',
  )

/** Tells how the body ended; a body that nobody reads stays open. */
async function* closing(
  bytes: AsyncIterable<Uint8Array>,
  close: (end: CallEnd) => void,
): AsyncGenerator<Uint8Array> {
  let end: CallEnd = 'left'
  try {
    for await (const chunk of bytes) yield chunk
    end = 'told'
  } catch (error) {
    end = 'broken'
    throw error
  } finally {
    close(end)
  }
}

async function* bytesOf(
  clock: Clock,
  answer: ScriptedAnswer,
  signal: StopSignal,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for (const piece of answer.pieces ?? [answer.body ?? '']) {
    if (answer.pieceDelayMs) await clock.sleep(answer.pieceDelayMs, signal)
    if (signal.aborted) throw new Error('aborted')
    yield typeof piece === 'string' ? encoder.encode(piece) : piece
  }
  if (answer.ending === 'reset') throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
  if (answer.ending === 'stall') {
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    throw new Error('aborted')
  }
}
