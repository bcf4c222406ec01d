/** Asks providers of OpenAI's dialect for vectors. */

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
import { readError, toFault } from '../openai/read-fault.ts'
import { filled, present } from '../present.ts'
import { checkVectors } from './vector.ts'

export const openaiEmbeddings: EmbeddingAdapter = {
  dialect: 'openai',
  maxInputs: 2_048,
  takesTokens: true,
  writeRequest,
  readReply,
}

/** The caller's own body with the target's model, so that unknown fields pass; `input` stays as it was where it fits one call. */
function writeRequest(
  request: EmbeddingRequest,
  inputs: readonly EmbeddingInput[],
  model: string,
): WireRequest {
  const { models: _models, adaptive: _adaptive, ...rest } = request.body
  const input = inputs.length === request.inputs.length ? rest['input'] : inputs
  return { path: '/embeddings', headers: {}, dropped: [], body: { ...rest, model, input } }
}

function readReply(body: unknown, count: number): Outcome<EmbeddingReply, Fault> {
  if (!isRecord(body)) return failed(makeFault('upstream_malformed', 'the answer is not a JSON object'))
  if (body['error'] !== undefined && body['error'] !== null) return failed(toFault(readError(body, 0)))
  const { data, usage } = body
  if (!Array.isArray(data)) return failed(makeFault('upstream_malformed', 'the answer has no vectors'))
  const vectors = checkVectors(inOrder(data.filter(isRecord)), count)
  if (!vectors.ok) return vectors
  const tokens = isRecord(usage) ? usage['prompt_tokens'] : undefined
  const reply: EmbeddingReply = {
    model: filled(body['model']) ?? '',
    vectors: vectors.value,
    inputTokens: typeof tokens === 'number' && tokens >= 0 ? tokens : undefined,
  }
  return { ok: true, value: present(reply) }
}

/** By `index`, where all have one. */
function inOrder(data: readonly Record<string, unknown>[]): readonly unknown[] {
  const place = (row: Record<string, unknown>) => (typeof row['index'] === 'number' ? row['index'] : 0)
  return data.toSorted((one, other) => place(one) - place(other)).map((row) => row['embedding'])
}
