/** What every real client can be asked to do, in one form, so that each test is written once for all of them. */

import type { Dialect } from '../../../src/protocol/chat.ts'

export type Mode = 'whole' | 'streamed'

export interface ToolSpec {
  readonly name: string
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface Ask {
  readonly model: string
  readonly system?: string
  readonly tools?: readonly ToolSpec[]
  readonly toolChoice?: 'required' | 'none' | { readonly name: string }
  /** One call a turn at most. */
  readonly singly?: boolean
  /** JSON Schema of the answer. */
  readonly schema?: Readonly<Record<string, unknown>>
  readonly thinking?: boolean
  readonly maxTokens?: number
  readonly stop?: readonly string[]
  /** More fields of the body, in the client's own dialect. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** An answer as its client gave it out, in words that do not depend on the client. */
export interface Told {
  readonly text: string
  readonly thinking: string
  readonly refusal: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[]
  readonly end: 'stop' | 'length' | 'tools' | 'refusal'
  readonly model: string
  readonly usage: { readonly input: number; readonly output: number; readonly reasoning?: number }
  /** Of the HTTP answer. */
  readonly headers: Headers
}

/** Keeps the history as a program would that uses this client: what the client gave out goes back unchanged. */
export interface Conversation {
  say(text: string, images?: readonly string[]): Promise<Told>
  /** One result for each call of the last turn, by the call's id. */
  answer(results: Readonly<Record<string, string>>): Promise<Told>
}

export interface FailedCall {
  /** Name of the error's class. */
  readonly type: string
  readonly status: number | undefined
  readonly message: string
  readonly headers: Headers | undefined
}

export interface Caller {
  readonly name: string
  readonly dialect: Dialect
  /** Wishes this client has no word for. */
  readonly cannot?: readonly (keyof Ask)[]
  /** `signal` ends the calls of the conversation. */
  open(url: string, ask: Ask, how: { readonly mode: Mode; readonly signal?: AbortSignal }): Conversation
  /** What an error of this client says; the test fails where it is none of its classes. */
  read(error: unknown): FailedCall
}

/** A `fetch` that remembers the headers of its last answer: stream helpers do not give them out. */
export function listeningFetch(): { readonly fetch: typeof fetch; headers(): Headers } {
  let last = new Headers()
  return {
    async fetch(input, init) {
      const response = await fetch(input, init)
      last = response.headers
      return response
    },
    headers: () => last,
  }
}
