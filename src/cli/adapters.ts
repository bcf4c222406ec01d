/** The dialects this program speaks, outbound and inbound. A new dialect is a folder and a line here. */

import { anthropicInbound, anthropicOutbound } from '../gateway/adapters/anthropic/adapter.ts'
import { geminiEmbeddings } from '../gateway/adapters/embeddings/gemini.ts'
import { openaiEmbeddings } from '../gateway/adapters/embeddings/openai.ts'
import { geminiInbound, geminiOutbound } from '../gateway/adapters/gemini/adapter.ts'
import { openaiInbound, openaiOutbound } from '../gateway/adapters/openai/adapter.ts'
import { responsesInbound, responsesOutbound } from '../gateway/adapters/responses/adapter.ts'
import type { InboundAdapter, OutboundAdapter } from '../protocol/adapter.ts'
import type { Dialect } from '../protocol/chat.ts'
import type { EmbeddingAdapter } from '../protocol/embedding.ts'

export const outboundAdapters: Readonly<Record<Dialect, OutboundAdapter>> = {
  openai: openaiOutbound,
  anthropic: anthropicOutbound,
  gemini: geminiOutbound,
  responses: responsesOutbound,
}

export const inboundAdapters: Readonly<Record<Dialect, InboundAdapter>> = {
  openai: openaiInbound,
  anthropic: anthropicInbound,
  gemini: geminiInbound,
  responses: responsesInbound,
}

/** Anthropic has no embeddings. */
export const embeddingAdapters: Readonly<Partial<Record<Dialect, EmbeddingAdapter>>> = {
  openai: openaiEmbeddings,
  gemini: geminiEmbeddings,
}
