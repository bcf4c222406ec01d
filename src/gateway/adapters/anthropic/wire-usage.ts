/** Token counts between Anthropic's `usage`, which counts cached input apart, and ours, which counts it in. */

import { isRecord } from '../../../base/text.ts'
import type { Usage } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { wireCount } from '../wire-count.ts'

/** Undefined where the wire states no counts. Fields that are absent are taken from `before`, as streams repeat only some. */
export function readUsage(wire: unknown, before?: Usage): Usage | undefined {
  if (!isRecord(wire)) return before
  const plain = wireCount(wire['input_tokens'])
  const output = wireCount(wire['output_tokens'])
  if (plain === undefined && output === undefined) return before
  const cachedInput = wireCount(wire['cache_read_input_tokens']) ?? before?.cachedInput
  const cacheWriteInput = wireCount(wire['cache_creation_input_tokens']) ?? before?.cacheWriteInput
  const input =
    plain === undefined ? (before?.input ?? 0) : plain + (cachedInput ?? 0) + (cacheWriteInput ?? 0)
  const details = isRecord(wire['output_tokens_details']) ? wire['output_tokens_details'] : {}
  const reasoning = wireCount(details['thinking_tokens']) ?? before?.reasoning
  return present({ input, output: output ?? before?.output ?? 0, cachedInput, cacheWriteInput, reasoning })
}

export function writeUsage(usage: Usage | undefined): Record<string, unknown> {
  const { input = 0, output = 0, cachedInput = 0, cacheWriteInput = 0, reasoning } = usage ?? {}
  return present({
    input_tokens: Math.max(0, input - cachedInput - cacheWriteInput),
    cache_creation_input_tokens: cacheWriteInput,
    cache_read_input_tokens: cachedInput,
    output_tokens: output,
    output_tokens_details: reasoning === undefined ? undefined : { thinking_tokens: reasoning },
  })
}
