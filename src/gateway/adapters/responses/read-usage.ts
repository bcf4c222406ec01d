/** Token counts of a response object. */

import { isRecord } from '../../../base/text.ts'
import type { Usage } from '../../../protocol/reply.ts'
import { present } from '../present.ts'

/** Undefined where the wire states no counts. */
export function readUsage(wire: unknown): Usage | undefined {
  if (!isRecord(wire)) return undefined
  const input = count(wire['input_tokens'])
  const output = count(wire['output_tokens'])
  if (input === undefined && output === undefined) return undefined
  const read = isRecord(wire['input_tokens_details']) ? wire['input_tokens_details'] : {}
  const wrote = isRecord(wire['output_tokens_details']) ? wire['output_tokens_details'] : {}
  return present({
    input: input ?? 0,
    output: output ?? 0,
    cachedInput: count(read['cached_tokens']),
    cacheWriteInput: count(read['cache_write_tokens']),
    reasoning: count(wrote['reasoning_tokens']),
  })
}

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
