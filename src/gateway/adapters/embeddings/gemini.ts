/** Asks Gemini for vectors, with `batchEmbedContents`. */

import { failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type { WireRequest } from '../../../protocol/adapter.ts'
import type {
  EmbeddingAdapter,
  EmbeddingInput,
  EmbeddingReply,
  EmbeddingRequest,
} from '../../../protocol/embedding.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import { present } from '../present.ts'
import { checkVectors } from './vector.ts'

export const geminiEmbeddings: EmbeddingAdapter = {
  dialect: 'gemini',
  maxInputs: 100,
  takesTokens: false,
  writeRequest,
  readReply,
}

function writeRequest(
  request: EmbeddingRequest,
  inputs: readonly EmbeddingInput[],
  model: string,
): WireRequest {
  const named = /^(models|tunedModels)\//.test(model) ? model : `models/${model}`
  const requests = inputs.map((input) =>
    present({
      model: named,
      content: { parts: [{ text: typeof input === 'string' ? input : '' }] },
      outputDimensionality: request.dimensions,
    }),
  )
  const path = `/${named.split('/').map(encodeURIComponent).join('/')}:batchEmbedContents`
  return { path, headers: {}, body: { requests }, dropped: request.unmapped }
}

function readReply(body: unknown, count: number): Outcome<EmbeddingReply, Fault> {
  if (!isRecord(body)) return failed(makeFault('upstream_malformed', 'the answer is not a JSON object'))
  const { embeddings, usageMetadata: usage } = body
  if (!Array.isArray(embeddings)) return failed(makeFault('upstream_malformed', 'the answer has no vectors'))
  const values = embeddings.map((one) => (isRecord(one) ? one['values'] : undefined))
  const vectors = checkVectors(values, count)
  if (!vectors.ok) return vectors
  const tokens = isRecord(usage) ? usage['promptTokenCount'] : undefined
  const reply: EmbeddingReply = {
    model: '',
    vectors: vectors.value,
    inputTokens: typeof tokens === 'number' && tokens >= 0 ? tokens : undefined,
  }
  return { ok: true, value: present(reply) }
}
