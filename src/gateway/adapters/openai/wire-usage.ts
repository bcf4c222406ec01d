/** Token counts between OpenAI's `usage` object, with what its imitators made of it, and ours. */

import { isRecord } from '../../../base/text.ts'
import type { Usage } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { wireCount } from '../wire-count.ts'

/** Undefined where the wire states no counts. */
export function readUsage(wire: unknown): Usage | undefined {
  if (!isRecord(wire)) return undefined
  const input = wireCount(wire['prompt_tokens'])
  const written = wireCount(wire['completion_tokens'])
  if (input === undefined && written === undefined) return undefined
  const read = isRecord(wire['prompt_tokens_details']) ? wire['prompt_tokens_details'] : {}
  const wrote = isRecord(wire['completion_tokens_details']) ? wire['completion_tokens_details'] : {}
  const reasoning = wireCount(wrote['reasoning_tokens'])
  const known = { input: input ?? 0, written: written ?? 0, reasoning: reasoning ?? 0 }
  return present({
    input: known.input,
    output: known.written + reasoningApart(known, wireCount(wire['total_tokens'])),
    cachedInput: wireCount(read['cached_tokens']) ?? wireCount(wire['prompt_cache_hit_tokens']),
    cacheWriteInput: wireCount(read['cache_write_tokens']),
    reasoning,
  })
}

export function writeUsage(usage: Usage): Record<string, unknown> {
  return present({
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details:
      usage.cachedInput === undefined && usage.cacheWriteInput === undefined
        ? undefined
        : present({ cached_tokens: usage.cachedInput ?? 0, cache_write_tokens: usage.cacheWriteInput }),
    completion_tokens_details:
      usage.reasoning === undefined ? undefined : { reasoning_tokens: usage.reasoning },
  })
}

/** xAI leaves reasoning out of `completion_tokens`; only the total tells. */
function reasoningApart(
  known: { input: number; written: number; reasoning: number },
  total: number | undefined,
): number {
  return total === known.input + known.written + known.reasoning ? known.reasoning : 0
}
