/** What a caller asks of a model, in no provider's dialect: adapters read wires into it and write wires from it. */

/** The wire formats, of callers and of providers. */
export const dialects = ['openai', 'anthropic', 'gemini', 'responses'] as const

export type Dialect = (typeof dialects)[number]

export const isDialect = (value: unknown): value is Dialect => dialects.some((one) => one === value)

/** A base64 body or an address the provider fetches by itself. */
export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }

export type ContentPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly source: MediaSource; readonly detail?: 'auto' | 'low' | 'high' }
  | { readonly kind: 'file'; readonly source: MediaSource; readonly name?: string }
  | { readonly kind: 'audio'; readonly data: string; readonly format: string }
  /** The model's own thinking; `signature` is opaque state that its provider must get back unchanged. */
  | {
      readonly kind: 'reasoning'
      readonly text: string
      readonly signature?: string
      /** Encrypted thinking that must be returned but cannot be read. */
      readonly redacted?: string
      readonly from?: Dialect
    }

export interface ToolCall {
  readonly id: string
  readonly name: string
  /** JSON text as the model wrote it; `{}` where it wrote nothing. */
  readonly arguments: string
  /** Opaque state that the provider of dialect `from` must get back with this call. */
  readonly signature?: string
  readonly from?: Dialect
}

export type Message =
  | { readonly role: 'system'; readonly content: readonly ContentPart[] }
  | { readonly role: 'user'; readonly content: readonly ContentPart[]; readonly name?: string }
  | {
      readonly role: 'assistant'
      readonly content: readonly ContentPart[]
      readonly toolCalls: readonly ToolCall[]
      readonly refusal?: string
    }
  | {
      readonly role: 'tool'
      readonly toolCallId: string
      /** The tool's name where the dialect states it or an earlier call told it. */
      readonly toolName?: string
      readonly content: readonly ContentPart[]
      readonly isError?: boolean
    }

export interface Tool {
  readonly name: string
  readonly description?: string
  /** JSON Schema of the arguments; absent means none are taken. */
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly strict?: boolean
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string }

export type ResponseFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | {
      readonly kind: 'json_schema'
      readonly name: string
      readonly schema: Readonly<Record<string, unknown>>
      readonly strict?: boolean
      readonly description?: string
    }

export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'

/** A caller's body in bytes, and where in them the name of the model stands, quotes included. */
export interface GivenBody {
  /** The body that was read from them. */
  readonly of: Readonly<Record<string, unknown>>
  readonly pieces: readonly Uint8Array[]
  readonly model: { readonly from: number; readonly to: number }
}

export interface ChatRequest {
  readonly dialect: Dialect
  /** What the caller put in `model`. */
  readonly model: string
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  readonly parallelToolCalls?: boolean
  readonly responseFormat?: ResponseFormat
  /** Tokens. */
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly stop?: readonly string[]
  readonly seed?: number
  /** How many answers are wanted; 1 by default. */
  readonly choices?: number
  readonly presencePenalty?: number
  readonly frequencyPenalty?: number
  readonly logprobs?: boolean
  readonly topLogprobs?: number
  readonly reasoningEffort?: ReasoningEffort
  /** Tokens the model may think. */
  readonly reasoningBudgetTokens?: number
  readonly endUser?: string
  readonly stream: boolean
  /** The caller wants usage as part of the stream. */
  readonly streamUsage: boolean
  /** The caller's body as it came; a target of the same dialect is sent this with its own model. */
  readonly body: Readonly<Record<string, unknown>>
  /** Absent where `body` did not come as bytes. A request made from this one may hold another `body`: it counts only where it is of the same. */
  readonly given?: GivenBody
  /** Headers of the caller's dialect that `body` needs beside it, for targets of the same dialect. */
  readonly headers?: Readonly<Record<string, string>>
  /** Messages the gateway added behind those of `body`; they stand at the end of `messages` too. */
  readonly appended?: readonly Message[]
  /** Names of body fields that this form does not hold; listed as dropped when the dialect changes. */
  readonly unmapped: readonly string[]
  /** What the caller calls the fields that adapters name in chat completions' words; the rest have one name. */
  readonly fieldNames?: Readonly<Record<string, string>>
}
