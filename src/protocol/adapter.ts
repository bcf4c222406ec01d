/** The contract of a dialect: pure mappers between one provider's wire and the shared language, in both directions. */

import type { Outcome } from '../base/outcome.ts'
import type { ChatRequest, Dialect } from './chat.ts'
import type { Fault } from './fault.ts'
import type { Reply, StreamPart } from './reply.ts'

/** One server-sent event. `raw` is the event's text as it came, terminator included, for byte-exact relay. */
export interface SseEvent {
  readonly event?: string
  readonly data: string
  readonly raw: string
}

/** What the target model can take; absent means not known, and is then not held against it. */
export interface ModelAbilities {
  readonly maxOutputTokens?: number
  readonly tools?: boolean
  readonly vision?: boolean
  readonly jsonSchema?: boolean
  readonly prefill?: boolean
  readonly reasoning?: boolean
}

export interface WireTarget {
  /** The model's name at the provider. */
  readonly model: string
  readonly abilities: ModelAbilities
}

/** Bytes that are sent as they came, but for some that others stand for. */
export interface VerbatimBody {
  readonly pieces: readonly Uint8Array[]
  /** Bytes from `from` up to `to` are left out, and `text` stands there. */
  readonly from: number
  readonly to: number
  readonly text: string
}

export interface WireRequest {
  /** Joined to the provider's base URL; begins with a slash, may carry a query. */
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /** Sent in the place of `body` where it is present: the caller's own bytes but for the model. */
  readonly verbatim?: VerbatimBody
  /** Headers of the dialect beside authentication. */
  readonly headers: Readonly<Record<string, string>>
  /** Fields of the caller's request this wire cannot express, by the caller's names. */
  readonly dropped: readonly string[]
}

/** A provider's answer that is not a success, as it came. `body` is at most 64 kB. */
export interface WireFault {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Reads one stream: events in, parts out. `end()` is called once when the bytes end and reports a cut. */
export interface StreamReader {
  push(event: SseEvent): readonly StreamPart[]
  end(): readonly StreamPart[]
  /** True once the wire has left its dialect in a way that callers misread: they are sent the parts from there on, not the text. */
  isOdd?(): boolean
}

/** Writes one stream: parts in, the text to send out. */
export interface StreamWriter {
  write(part: StreamPart): string
  /** Takes note of a part that was sent in the provider's own text, so that `write` can go on behind it. */
  follow(part: StreamPart): void
  /** The error that ends the stream, where it must say what came before; else the adapter's `writeStreamFault` does. */
  fault?(fault: Fault): string
}

/** What is answered, for dialects whose answers say it back. */
export interface Answered {
  readonly request?: ChatRequest
  /** The gateway's id of the request. */
  readonly requestId?: string
  /** Seconds since 1970, told where the provider tells no time. */
  readonly nowS?: number
}

/** How the gateway speaks to a provider. */
export interface OutboundAdapter {
  readonly dialect: Dialect
  /** Header name and value that carry the key. */
  authorize(key: string): readonly [name: string, value: string]
  writeRequest(request: ChatRequest, target: WireTarget): WireRequest
  /** Reads a whole answer with status 2xx; an error body, an empty answer, a refusal to parse are faults. */
  readReply(body: unknown): Outcome<Reply, Fault>
  /** `choices`: as many as were asked for; fewer are not the whole answer where the wire does not say that it ends. */
  openStream(asked?: { readonly choices?: number }): StreamReader
  readFault(answer: WireFault): Fault
}

/** As they came, names in small letters. */
export type CallerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** How a caller speaks to the gateway (and how the sandbox is spoken to). */
export interface InboundAdapter {
  readonly dialect: Dialect
  /** `hints` carries what the dialect puts beside the body: Gemini's model and method in the path, Anthropic's headers. */
  readRequest(
    body: unknown,
    hints?: { readonly model?: string; readonly stream?: boolean; readonly headers?: CallerHeaders },
  ): Outcome<ChatRequest, Fault>
  writeReply(reply: Reply, answered?: Answered): Readonly<Record<string, unknown>>
  openWriter(options: { readonly usage: boolean } & Answered): StreamWriter
  /** The error envelope of the dialect. */
  writeFault(fault: Fault): Readonly<Record<string, unknown>>
  /** An error in the middle of a stream, as SSE text. */
  writeStreamFault(fault: Fault): string
}
