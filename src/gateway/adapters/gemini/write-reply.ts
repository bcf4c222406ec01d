/** Writes a whole answer as Gemini gives it. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { ContentPart, ToolCall } from '../../../protocol/chat.ts'
import type { Choice, Reply } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { writeFinish } from './finish.ts'
import { writeLogprobs } from './logprobs.ts'
import { writeMedia } from './media.ts'
import { type OpaqueState, packState } from './opaque-state.ts'
import { writeUsage } from './wire-usage.ts'

type Wire = Record<string, unknown>
type Call = Pick<ToolCall, 'id' | 'name' | 'arguments' | 'signature' | 'from'>

export function writeReply(reply: Reply): Readonly<Wire> {
  return present({
    candidates: reply.choices.map(writeChoice),
    usageMetadata: reply.usage === undefined ? undefined : writeUsage(reply.usage),
    modelVersion: reply.model,
    createTime: createTime(reply.createdAtS),
    responseId: reply.id,
  })
}

export function createTime(createdAtS: number | undefined): string | undefined {
  return createdAtS === undefined ? undefined : new Date(createdAtS * 1_000).toISOString()
}

function writeChoice(choice: Choice): Wire {
  const parts = [
    ...choice.content.reduce<readonly Wire[]>(addContent, []),
    ...(choice.refusal === undefined ? [] : [{ text: choice.refusal }]),
    ...writeCalls(choice.toolCalls),
  ]
  const hasNone = parts.length === 0 && choice.finish === 'content_filter'
  return present({
    content: hasNone ? undefined : { parts: parts.length > 0 ? parts : [{ text: '' }], role: 'model' },
    finishReason: writeFinish(choice.finish),
    index: choice.index,
    logprobsResult: writeLogprobs(choice.logprobs),
  })
}

/** Gemini's redacted thinking is the signature of the text before it. */
function addContent(parts: readonly Wire[], part: ContentPart): readonly Wire[] {
  if (part.kind === 'text') return [...parts, { text: part.text }]
  if (part.kind !== 'reasoning') return [...parts, writeMedia(part)]
  const last = parts.at(-1)
  if (part.from !== 'gemini' || part.redacted === undefined) return [...parts, writeThought(part)]
  return last && 'text' in last && !('thought' in last)
    ? [...parts.slice(0, -1), { ...last, thoughtSignature: part.redacted }]
    : [...parts, { text: '', thoughtSignature: part.redacted }]
}

export function writeThought({ text, ...state }: { readonly text: string } & OpaqueState): Wire {
  const isOpaque = state.signature !== undefined || state.redacted !== undefined
  return present({ text, thought: true, thoughtSignature: isOpaque ? packState(state) : undefined })
}

/** A call that does not stand in JSON is left out: there is no way to send half of one. The first one is always signed. */
export function writeCalls(calls: readonly Call[]): readonly Wire[] {
  return calls.flatMap((call, at) => {
    const args = parseJson(call.arguments.trim() === '' ? '{}' : call.arguments)
    if (!isRecord(args)) return []
    const { signature, from } = call
    const state = signature === undefined ? (at === 0 ? {} : undefined) : { signature, from }
    return [
      present({
        functionCall: { id: call.id, name: call.name, args },
        thoughtSignature: state && packState(state),
      }),
    ]
  })
}
