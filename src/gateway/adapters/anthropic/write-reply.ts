/** Writes a whole answer as an Anthropic message; of several choices the first. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { ContentPart, ToolCall } from '../../../protocol/chat.ts'
import type { Reply } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { writeEnd } from './finish.ts'
import { writeRedacted, writeSignature } from './foreign-state.ts'
import { writeUsage } from './wire-usage.ts'

export function writeReply(reply: Reply): Readonly<Record<string, unknown>> {
  const choice = reply.choices[0]
  const end = writeEnd(choice ?? { finish: 'other' })
  const isWorded = choice?.refusal !== undefined && end.stop_details?.explanation === null
  const refusal = isWorded ? [{ type: 'text', text: choice.refusal }] : []
  return {
    id: reply.id,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: [
      ...(choice?.content ?? []).flatMap(writePart),
      ...refusal,
      ...(choice?.toolCalls ?? []).map(writeCall),
    ],
    ...end,
    usage: writeUsage(reply.usage),
  }
}

function writePart(part: ContentPart): Record<string, unknown>[] {
  if (part.kind === 'text') return [{ type: 'text', text: part.text }]
  if (part.kind !== 'reasoning') return []
  const { signature, redacted, from = 'anthropic' } = part
  if (redacted !== undefined) return [{ type: 'redacted_thinking', data: writeRedacted({ redacted, from }) }]
  return [
    {
      type: 'thinking',
      thinking: part.text,
      signature: signature === undefined ? '' : writeSignature({ signature, from }),
    },
  ]
}

function writeCall(call: ToolCall): Record<string, unknown> {
  const input = parseJson(call.arguments)
  return present({
    type: 'tool_use',
    id: call.id,
    name: call.name,
    input: isRecord(input) ? input : {},
    adaptive_state: callState(call),
  })
}

/** What a tool call's provider must get back, for clients to return unchanged. */
export function callState(call: Pick<ToolCall, 'signature' | 'from'>): unknown {
  return call.signature === undefined ? undefined : present({ signature: call.signature, from: call.from })
}
