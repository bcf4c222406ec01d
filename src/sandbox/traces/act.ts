/** One act of a synthetic agent, before it is written in anybody's format. */

export interface ActMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly text: string
  readonly calls?: readonly ActCall[]
  /** Of a tool's message: the call it answers. */
  readonly callId?: string
}

export interface ActCall {
  readonly id: string
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}

export type ActPayload = readonly ActMessage[] | Readonly<Record<string, unknown>>

export interface Act {
  readonly name: string
  readonly kind: 'llm' | 'tool' | 'retriever' | 'chain'
  readonly input: ActPayload
  readonly output?: ActPayload
  readonly error?: string
  readonly lastsMs: number
  /** Tokens it took in all; models only. */
  readonly tokens?: number
  /** Definitions of the tools that were offered, in OpenAI's form. */
  readonly tools?: readonly unknown[]
  /** Why the model stopped. */
  readonly finish?: string
}

export const isMessages = (payload: ActPayload | undefined): payload is readonly ActMessage[] =>
  Array.isArray(payload)
