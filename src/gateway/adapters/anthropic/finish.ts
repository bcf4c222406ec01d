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

export interface WrittenEnd {
  readonly stop_reason: string
  readonly stop_sequence: string | null
  readonly stop_details: {
    readonly type: 'refusal'
    readonly category: null
    readonly explanation: string | null
  } | null
}

interface End {
  readonly finish: FinishReason
  readonly stopSequence?: string
  /** What the model or its provider said in place of an answer. */
  readonly refusal?: string
}

/** A refusal in the model's own words stands in the text; what a filter says of its doing is the explanation. */
export function writeEnd({ finish, stopSequence, refusal }: End): WrittenEnd {
  const isRefusal = finish === 'content_filter' || Boolean(refusal)
  const explanation = (finish === 'content_filter' && refusal) || null
  return {
    stop_reason: isRefusal ? 'refusal' : wordFor(finish, stopSequence),
    stop_sequence: stopSequence ?? null,
    stop_details: isRefusal ? { type: 'refusal', category: null, explanation } : null,
  }
}

function wordFor(reason: FinishReason, stopSequence: string | undefined): string {
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
