/** Words for the end of an answer, both ways. */

import type { FinishReason } from '../../../protocol/reply.ts'

const readTable: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
}

/** `pause_turn` and words not known yet are `other`. */
export function readFinish(wire: string): FinishReason {
  return (Object.hasOwn(readTable, wire) ? readTable[wire] : undefined) ?? 'other'
}

export function writeFinish(reason: FinishReason, stopSequence: string | undefined): string {
  switch (reason) {
    case 'stop':
      return stopSequence === undefined ? 'end_turn' : 'stop_sequence'
    case 'length':
      return 'max_tokens'
    case 'tool_calls':
      return 'tool_use'
    case 'content_filter':
      return 'refusal'
    case 'other':
      return 'end_turn'
  }
}
