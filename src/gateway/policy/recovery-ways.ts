/** How a broken stream may be finished by another target: pure choice, and the request each way sends. */

import type { RecoveryWay } from '../../config/config.ts'
import type { ModelAbilities } from '../../protocol/adapter.ts'
import type { ChatRequest, Message } from '../../protocol/chat.ts'

/** What the caller has already been sent of the answer. */
export interface Said {
  readonly text: string
  /** A tool call was begun. */
  readonly calledTool: boolean
  /** More than one choice was begun. */
  readonly manyChoices: boolean
  /** More was said than is kept. */
  readonly isTooLong: boolean
  /** The finish was told. */
  readonly finished: boolean
  /** What was told is wrong. */
  readonly isDamaged: boolean
}

/** The allowed ways that can work with this target, in the configured order. Empty: the stream ends with an error. */
export function recoveryWays(
  allowed: readonly RecoveryWay[],
  said: Said,
  abilities: ModelAbilities,
): readonly RecoveryWay[] {
  // A tool call that was begun cannot be taken back, and another target's would not fit behind it.
  if (said.calledTool || said.manyChoices || said.isTooLong || said.finished || said.isDamaged) return []
  // Nothing but thinking was sent: asking anew is all there is to do.
  if (said.text.trim() === '') return allowed.includes('align') ? ['align'] : []
  return allowed.filter((way) => way !== 'prefill' || abilities.prefill === true)
}

const goOn =
  'Your answer was cut off by a technical fault. Go on from the exact character where it stops: no repetition, no introduction, no comment on the interruption.'

/** The caller's request with what this way adds; `align` asks it anew, unchanged. */
export function resumedRequest(request: ChatRequest, way: RecoveryWay, said: Said): ChatRequest {
  if (way === 'align') return request
  const spoken: Message = {
    role: 'assistant',
    content: [{ kind: 'text', text: said.text.trimEnd() }],
    toolCalls: [],
  }
  const instruction: Message = { role: 'user', content: [{ kind: 'text', text: goOn }] }
  const appended = way === 'prefill' ? [spoken] : [spoken, instruction]
  return { ...request, messages: [...request.messages, ...appended], appended }
}
