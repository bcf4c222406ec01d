/** A run: one step of a trace, in LangSmith's shape with its messages in one form, whichever library wrote it. */

export type RunRole = 'system' | 'user' | 'assistant' | 'tool'

export interface RunToolCall {
  readonly id?: string
  readonly name: string
  /** JSON text where the writer gave JSON; `{}` where it gave nothing. */
  readonly arguments: string
}

export interface RunMessage {
  readonly role: RunRole
  /** The text parts joined by line ends; content that is no text stands here as JSON. */
  readonly text: string
  /** Who speaks, or the tool's name. */
  readonly name?: string
  readonly toolCallId?: string
  readonly toolCalls?: readonly RunToolCall[]
  /** What the model thought, where the writer kept it. */
  readonly reasoning?: string
  /** Kinds of the parts that are no text: `image`, `audio`, `file`. */
  readonly media?: readonly string[]
}

/** Tokens, and cost in USD as a decimal string. */
export interface RunUsage {
  readonly input?: number
  readonly output?: number
  readonly cachedInput?: number
  readonly reasoning?: number
  readonly costUsd?: string
}

export type RunStatus = 'success' | 'error' | 'pending'
export type RunSource = 'gateway' | 'langsmith' | 'otlp' | 'langfuse'

/** Instants are ms since 1970 and may carry fractions. */
export interface Run {
  /** Unique within its trace; as the writer gave it. */
  readonly id: string
  readonly traceId: string
  readonly parentId?: string
  /** Sorts as the runs began: the parent's order, a dot, the start and the id. Computed where the writer gave none. */
  readonly dottedOrder?: string
  readonly name: string
  /** `llm`, `chain`, `tool`, `retriever`, `embedding`, `prompt`, `parser`; other words are kept. */
  readonly runType: string
  readonly status: RunStatus
  readonly source: RunSource
  readonly startedAtMs?: number
  readonly endedAtMs?: number
  readonly firstTokenAtMs?: number
  readonly error?: string
  /** Payloads as the writer gave them, capped and redacted before they are kept. */
  readonly inputs?: unknown
  readonly outputs?: unknown
  readonly messages: { readonly input: readonly RunMessage[]; readonly output: readonly RunMessage[] }
  /** Definitions of the tools that were offered, as the writer gave them. */
  readonly tools?: readonly unknown[]
  readonly provider?: string
  readonly model?: string
  readonly usage?: RunUsage
  readonly project?: string
  /** The conversation it belongs to: a session or thread. */
  readonly sessionId?: string
  readonly userId?: string
  readonly tags: readonly string[]
  readonly metadata: Readonly<Record<string, unknown>>
  readonly events?: readonly unknown[]
}

/** What one message of an ingest says of a run: writers send the start and the end apart, in any order. */
export type RunUpdate = Partial<Run> & Pick<Run, 'id' | 'source'>

/** A score or a remark that somebody attached to a run or a whole trace. */
export interface Feedback {
  readonly id: string
  readonly traceId?: string
  readonly runId?: string
  readonly key: string
  readonly score?: number
  readonly value?: string
  readonly comment?: string
  readonly source?: string
  readonly atMs: number
}
