/** The shape of an OpenAI embeddings request, as far as it is checked before anything is done with it. */

import { z } from 'zod'

const tokens = z.array(z.int().min(0)).min(1)

export const embeddingsRequestSchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.string()).min(1), tokens, z.array(tokens).min(1)], {
    error: 'must be a text, texts, tokens, or lists of tokens',
  }),
  dimensions: z.int().min(1).max(65_536).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  models: z.array(z.string().min(1)).min(1).optional(),
  adaptive: z.unknown().optional(),
})

export type WireEmbeddingsRequest = z.infer<typeof embeddingsRequestSchema>
