/** Token counts in the shape of Responses. */

import type { Usage } from '../../../protocol/reply.ts'

/** Null where the provider told none. */
export function writeUsage(usage: Usage | undefined): Readonly<Record<string, unknown>> | null {
  if (usage === undefined) return null
  return {
    input_tokens: usage.input,
    input_tokens_details: {
      cached_tokens: usage.cachedInput ?? 0,
      cache_write_tokens: usage.cacheWriteInput ?? 0,
    },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
    total_tokens: usage.input + usage.output,
  }
}
