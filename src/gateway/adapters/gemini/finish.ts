/** Words for the end of a candidate, both ways. */

import type { FinishReason } from '../../../protocol/reply.ts'

const readTable: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
}

/** Ends that say that the model's tool call could not be read: what it was is lost. */
const failedCalls: ReadonlySet<string> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
])

/** The word, where the wire states one; a proto's default value states nothing. */
export function finishWord(wire: unknown): string | undefined {
  return typeof wire === 'string' && wire !== '' && wire !== 'FINISH_REASON_UNSPECIFIED' ? wire : undefined
}

/** A `STOP` after function calls counts as `tool_calls`: Gemini has no word of its own for it. */
export function readFinish(wire: string, calledTools: boolean): FinishReason {
  const reason = Object.hasOwn(readTable, wire) ? readTable[wire] : undefined
  return reason === 'stop' && calledTools ? 'tool_calls' : (reason ?? 'other')
}

export function isFailedCall(wire: string): boolean {
  return failedCalls.has(wire)
}

const writeTable: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  tool_calls: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
  other: 'OTHER',
}

export function writeFinish(reason: FinishReason): string {
  return writeTable[reason]
}
