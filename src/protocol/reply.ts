/** What a model answers, whole or in parts, in no provider's dialect. */

import type { ContentPart, Dialect, ToolCall } from './chat.ts'
import type { Fault } from './fault.ts'

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other'

/** Tokens. `input` counts everything read (cached and cache-write included), `output` everything written (reasoning included). */
export interface Usage {
  readonly input: number
  readonly output: number
  readonly cachedInput?: number
  readonly cacheWriteInput?: number
  readonly reasoning?: number
}

export interface Choice {
  readonly index: number
  readonly content: readonly ContentPart[]
  readonly toolCalls: readonly ToolCall[]
  readonly refusal?: string
  readonly finish: FinishReason
  /** The provider's own word for the end. */
  readonly finishWire?: string
  /** The stop sequence that ended it, where the provider says so. */
  readonly stopSequence?: string
  /** Log probabilities in OpenAI's shape. */
  readonly logprobs?: unknown
}

export interface Reply {
  readonly id: string
  readonly model: string
  /** Seconds since 1970 by the provider's clock, where it states it. */
  readonly createdAtS?: number
  readonly choices: readonly Choice[]
  readonly usage?: Usage
  /** Parts of the answer this form cannot hold, by their wire name (`web_search_tool_result`); counted, never hidden. */
  readonly unsupported: readonly string[]
}

/** One step of a streamed answer. `choice` is the choice's index, 0 for most. `call` numbers the tool calls of one choice from 0. */
export type StreamPart =
  | { readonly kind: 'start'; readonly id: string; readonly model: string; readonly createdAtS?: number }
  | { readonly kind: 'text'; readonly choice: number; readonly text: string; readonly logprobs?: unknown }
  | { readonly kind: 'refusal'; readonly choice: number; readonly text: string }
  | { readonly kind: 'reasoning'; readonly choice: number; readonly text: string }
  | {
      readonly kind: 'reasoning_state'
      readonly choice: number
      readonly signature?: string
      readonly redacted?: string
      readonly from: Dialect
    }
  | {
      readonly kind: 'tool_call'
      readonly choice: number
      readonly call: number
      readonly id: string
      readonly name: string
      readonly signature?: string
      readonly from?: Dialect
    }
  | { readonly kind: 'tool_arguments'; readonly choice: number; readonly call: number; readonly json: string }
  | {
      readonly kind: 'finish'
      readonly choice: number
      readonly reason: FinishReason
      readonly wire?: string
      readonly stopSequence?: string
    }
  | { readonly kind: 'usage'; readonly usage: Usage }
  /** Facts of the gateway's own for the last chunk: how a broken stream was finished. */
  | { readonly kind: 'adaptive'; readonly facts: Readonly<Record<string, unknown>> }
  | { readonly kind: 'unsupported'; readonly name: string }
  /** The provider's terminal marker was seen. */
  | { readonly kind: 'end' }
  /** The stream is damaged from here on: malformed, an error in band, or cut before its end. */
  | {
      readonly kind: 'broken'
      readonly fault: Fault
      /** What was told before is itself wrong, so that no other target may go on behind it. */
      readonly isDamaged?: true
    }

/** Parts that carry something a caller would see; the first of them commits the stream to its target. */
export function isContent(part: StreamPart): boolean {
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
    case 'tool_arguments':
      return part.kind === 'tool_arguments' ? part.json !== '' : part.text !== ''
    case 'tool_call':
    case 'reasoning_state':
      return true
    default:
      return false
  }
}
