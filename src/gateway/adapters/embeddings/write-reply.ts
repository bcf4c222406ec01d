/** Writes vectors in the shape of OpenAI's embeddings. */

import type { EmbeddingInput, EmbeddingReply, EmbeddingRequest } from '../../../protocol/embedding.ts'
import { toBase64, toNumbers } from './vector.ts'

const charactersPerToken = 4

/** A provider that tells no usage has it estimated, and `adaptive` says so. */
export function writeEmbeddings(
  reply: EmbeddingReply,
  { encoding, inputs }: Pick<EmbeddingRequest, 'encoding' | 'inputs'>,
): Readonly<Record<string, unknown>> {
  const tokens = reply.inputTokens ?? estimateTokens(inputs)
  return {
    object: 'list',
    data: reply.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encoding === 'base64' ? toBase64(vector) : toNumbers(vector),
    })),
    model: reply.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    ...(reply.inputTokens === undefined ? { adaptive: { usage: 'estimated' } } : {}),
  }
}

/** A token for each four characters; tokens count as they are. */
export function estimateTokens(inputs: readonly EmbeddingInput[]): number {
  return inputs.reduce(
    (sum, input) =>
      sum + (typeof input === 'string' ? Math.ceil(input.length / charactersPerToken) : input.length),
    0,
  )
}
