/** OpenAI embeddings request → the shared form. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type { EmbeddingInput, EmbeddingRequest } from '../../../protocol/embedding.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import { present } from '../present.ts'
import { embeddingsRequestSchema, type WireEmbeddingsRequest } from './wire.ts'

const mapped = new Set(Object.keys(embeddingsRequestSchema.shape))

export function readEmbeddings(body: unknown): Outcome<EmbeddingRequest, Fault> {
  const parsed = embeddingsRequestSchema.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const param = issue?.path.map(String).join('.') ?? ''
    const says = `${param === '' ? 'the body' : param}: ${issue?.message ?? 'is not valid'}`
    return failed(makeFault('invalid_request', says, { param }))
  }
  const wire = parsed.data
  const given = isRecord(body) ? body : {}
  return done(
    present<EmbeddingRequest>({
      model: wire.model,
      inputs: readInputs(wire.input),
      dimensions: wire.dimensions ?? undefined,
      encoding: wire.encoding_format ?? 'float',
      body: given,
      unmapped: Object.keys(given).filter((name) => !mapped.has(name) && given[name] !== null),
    }),
  )
}

/** A list of numbers is one input. */
function readInputs(input: WireEmbeddingsRequest['input']): readonly EmbeddingInput[] {
  if (typeof input === 'string') return [input]
  const tokens = input.filter((one) => typeof one === 'number')
  return tokens.length > 0 ? [tokens] : input.filter((one) => typeof one !== 'number')
}
