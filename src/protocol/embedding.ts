/** What a caller wants as vectors, the vectors, and how a provider is asked for them: in no provider's dialect. */

import type { Outcome } from '../base/outcome.ts'
import type { WireRequest } from './adapter.ts'
import type { Dialect } from './chat.ts'
import type { Fault } from './fault.ts'

/** A text, or its tokens in the model's own vocabulary. */
export type EmbeddingInput = string | readonly number[]

export interface EmbeddingRequest {
  /** What the caller put in `model`. */
  readonly model: string
  /** At least one. */
  readonly inputs: readonly EmbeddingInput[]
  /** Numbers in each vector; the model's own count where not given. */
  readonly dimensions?: number
  /** How the caller wants vectors written. */
  readonly encoding: 'float' | 'base64'
  /** The caller's body as it came. */
  readonly body: Readonly<Record<string, unknown>>
  /** Names of body fields that this form does not hold. */
  readonly unmapped: readonly string[]
}

/** Numbers, or the base64 of their little-endian 32-bit floats. */
export type Vector = readonly number[] | string

export interface EmbeddingReply {
  readonly model: string
  /** One for each input, in their order, all of one length. */
  readonly vectors: readonly Vector[]
  /** Tokens read, where the provider tells. */
  readonly inputTokens?: number
}

/** How providers of one dialect are asked for vectors; keys and faults are the chat adapter's. */
export interface EmbeddingAdapter {
  readonly dialect: Dialect
  /** Inputs of one call, where the configuration names no other number. */
  readonly maxInputs: number
  readonly takesTokens: boolean
  /** `inputs` are those of one call. */
  writeRequest(request: EmbeddingRequest, inputs: readonly EmbeddingInput[], model: string): WireRequest
  /** An answer without exactly `count` vectors of one length is a fault. */
  readReply(body: unknown, count: number): Outcome<EmbeddingReply, Fault>
}
