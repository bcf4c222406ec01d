/** The port through which the engine reaches providers; scripted in tests, undici in the product. */

import type { Outcome } from '../../base/outcome.ts'
import type { StopSignal } from '../../base/stop-signal.ts'
import type { Fault } from '../../protocol/fault.ts'

export interface WireCall {
  /** `POST` where absent; what has no body is sent with an empty one. */
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly baseUrl: string
  readonly path: string
  /** The provider may lie in a private network or on this machine. */
  readonly local: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Longest time for a new connection, ms; the transport's own where absent. */
  readonly connectMs?: number
  /** Aborting ends the call in any phase and closes its socket. */
  readonly signal: StopSignal
}

export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body's bytes; throws where the connection breaks. Leaving the loop early closes the socket. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface Transport {
  /** Resolves with the answer's head. A connection that fails is a fault, never an exception. */
  send(call: WireCall): Promise<Outcome<WireAnswer, Fault>>
  close(): Promise<void>
}
