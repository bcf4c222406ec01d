/** Words for the end of a choice, both ways. */

import type { FinishReason } from '../../../protocol/reply.ts'

const readTable: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  length: 'length',
  model_length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
}

/** A `stop` after tool calls counts as `tool_calls`: that is what OpenAI says when a tool was forced. */
export function readFinish(wire: string, calledTools: boolean): FinishReason {
  const reason = Object.hasOwn(readTable, wire) ? readTable[wire] : undefined
  return reason === 'stop' && calledTools ? 'tool_calls' : (reason ?? 'other')
}

export function writeFinish(reason: FinishReason): string {
  return reason === 'other' ? 'stop' : reason
}
