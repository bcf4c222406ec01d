/** Writes a whole answer as a chat completion. */

import type { ContentPart, ToolCall } from '../../../protocol/chat.ts'
import type { Choice, Reply } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { writeFinish } from './finish.ts'
import { writeUsage } from './wire-usage.ts'

type Reasoning = Extract<ContentPart, { kind: 'reasoning' }>

export function writeReply(reply: Reply): Readonly<Record<string, unknown>> {
  return present({
    id: reply.id,
    object: 'chat.completion',
    created: reply.createdAtS ?? 0,
    model: reply.model,
    choices: reply.choices.map(writeChoice),
    usage: reply.usage === undefined ? undefined : writeUsage(reply.usage),
  })
}

function writeChoice(choice: Choice): Record<string, unknown> {
  return {
    index: choice.index,
    message: writeMessage(choice),
    logprobs: choice.logprobs ?? null,
    finish_reason: writeFinish(choice.finish),
  }
}

function writeMessage(choice: Choice): Record<string, unknown> {
  const text = choice.content.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('')
  const thoughts = choice.content.filter((part) => part.kind === 'reasoning')
  const isSilent = text === '' && (choice.toolCalls.length > 0 || choice.refusal !== undefined)
  return present({
    role: 'assistant',
    content: isSilent ? null : text,
    refusal: choice.refusal ?? null,
    reasoning_content: thoughts.map((thought) => thought.text).join('') || undefined,
    adaptive_state: writeStates(thoughts),
    tool_calls: choice.toolCalls.length > 0 ? choice.toolCalls.map(writeToolCall) : undefined,
  })
}

/** One thought's state stands alone, its text being `reasoning_content`; several carry each its own text. */
function writeStates(thoughts: readonly Reasoning[]): unknown {
  if (!thoughts.some((thought) => thought.signature !== undefined || thought.redacted !== undefined))
    return undefined
  const [first, ...others] = thoughts
  if (first && others.length === 0)
    return present({ signature: first.signature, redacted: first.redacted, from: first.from })
  return thoughts.map(({ signature, redacted, text, from }) => present({ signature, redacted, text, from }))
}

export function writeToolCall(call: ToolCall): Record<string, unknown> {
  return present({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
    adaptive_state: callState(call),
  })
}

/** What a tool call's provider must get back, for clients to return unchanged. */
export function callState(call: Pick<ToolCall, 'signature' | 'from'>): unknown {
  return call.signature === undefined ? undefined : present({ signature: call.signature, from: call.from })
}
