/** Token counts of a response object. */

import { isRecord } from '../../../base/text.ts'
import type { Usage } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { wireCount } from '../wire-count.ts'

/** Undefined where the wire states no counts. */
export function readUsage(wire: unknown): Usage | undefined {
  if (!isRecord(wire)) return undefined
  const input = wireCount(wire['input_tokens'])
  const output = wireCount(wire['output_tokens'])
  if (input === undefined && output === undefined) return undefined
  const read = isRecord(wire['input_tokens_details']) ? wire['input_tokens_details'] : {}
  const wrote = isRecord(wire['output_tokens_details']) ? wire['output_tokens_details'] : {}
  return present({
    input: input ?? 0,
    output: output ?? 0,
    cachedInput: wireCount(read['cached_tokens']),
    cacheWriteInput: wireCount(read['cache_write_tokens']),
    reasoning: wireCount(wrote['reasoning_tokens']),
  })
}
