/** Token counts between Gemini's `usageMetadata` and ours. */

import { isRecord } from '../../../base/text.ts'
import type { Usage } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { wireCount } from '../wire-count.ts'

/**
 * Undefined where the wire states no counts. Gemini counts cached tokens inside the prompt, and leaves thoughts
 * out of the candidates and tool results out of the prompt; ours holds both.
 */
export function readUsage(wire: unknown): Usage | undefined {
  if (!isRecord(wire)) return undefined
  const prompt = wireCount(wire['promptTokenCount'])
  const written = wireCount(wire['candidatesTokenCount']) ?? wireCount(wire['responseTokenCount'])
  const reasoning = wireCount(wire['thoughtsTokenCount'])
  if (prompt === undefined && written === undefined && reasoning === undefined) return undefined
  return present({
    input: (prompt ?? 0) + (wireCount(wire['toolUsePromptTokenCount']) ?? 0),
    output: (written ?? 0) + (reasoning ?? 0),
    cachedInput: wireCount(wire['cachedContentTokenCount']),
    reasoning,
  })
}

export function writeUsage(usage: Usage): Record<string, unknown> {
  return present({
    promptTokenCount: usage.input,
    candidatesTokenCount: Math.max(0, usage.output - (usage.reasoning ?? 0)),
    totalTokenCount: usage.input + usage.output,
    cachedContentTokenCount: usage.cachedInput,
    thoughtsTokenCount: usage.reasoning,
  })
}
