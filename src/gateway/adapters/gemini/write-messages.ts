/** Writes the messages of a request that came in another dialect as contents. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { ChatRequest, ContentPart, Message, ToolCall } from '../../../protocol/chat.ts'
import { present } from '../present.ts'
import { wireId } from './call-id.ts'
import { writeMedia } from './media.ts'
import type { ModelTraits } from './model-traits.ts'

type Wire = Record<string, unknown>
type Assistant = Extract<Message, { role: 'assistant' }>
type ToolAnswer = Extract<Message, { role: 'tool' }>

export interface WrittenMessages {
  readonly systemInstruction: Wire | undefined
  readonly contents: readonly Wire[]
  /** Names of what could not be said. */
  readonly dropped: readonly string[]
}

/** Google's word for a call whose signature was never Gemini's; its newer models refuse calls without any. */
export const unsigned = 'skip_thought_signature_validator'

interface Writing {
  readonly contents: Wire[]
  readonly dropped: Set<string>
  readonly traits: ModelTraits
  /** The calls of the model's last turn, which the answers that follow stand in the order of. */
  calls: readonly ToolCall[]
  answers: ToolAnswer[]
}

export function writeMessages(request: Pick<ChatRequest, 'messages'>, traits: ModelTraits): WrittenMessages {
  const writing: Writing = { contents: [], dropped: new Set(), traits, calls: [], answers: [] }
  const system: Wire[] = []
  for (const message of request.messages) {
    if (message.role === 'tool') {
      writing.answers.push(message)
      continue
    }
    writeAnswers(writing)
    if (message.role === 'system') system.push(...textsOf(message.content))
    else if (message.role === 'user') writeUser(message, writing)
    else writeAssistant(message, writing)
  }
  writeAnswers(writing)
  const { contents, dropped } = writing
  // Contents may not be empty: a system prompt alone is said as the user's.
  if (contents.length === 0 && system.length > 0)
    return {
      systemInstruction: undefined,
      contents: [{ role: 'user', parts: system }],
      dropped: [...dropped],
    }
  const systemInstruction = system.length > 0 ? { parts: system } : undefined
  return { systemInstruction, contents, dropped: [...dropped] }
}

function writeUser(message: Extract<Message, { role: 'user' }>, { contents, dropped }: Writing): void {
  if (message.name !== undefined) dropped.add('messages.name')
  const parts = message.content.flatMap((part) => writePart(part, dropped))
  contents.push({ role: 'user', parts: parts.length > 0 ? parts : [{ text: '' }] })
}

function writePart(part: ContentPart, dropped: Set<string>): Wire[] {
  if (part.kind === 'text') return [{ text: part.text }]
  if (part.kind === 'reasoning') return []
  if (part.kind === 'image' && (part.detail === 'low' || part.detail === 'high'))
    dropped.add('messages.content.detail')
  if (part.kind === 'file' && part.name !== undefined) dropped.add('messages.content.filename')
  return [writeMedia(part)]
}

function writeAssistant(message: Assistant, writing: Writing): void {
  const { contents, dropped, traits } = writing
  const parts = [
    ...writeSaid(message.content, dropped),
    ...(message.refusal === undefined ? [] : [{ text: message.refusal }]),
    ...message.toolCalls.map((call, at) => writeCall(call, at === 0 && traits.demandsSignatures, dropped)),
  ]
  writing.calls = message.toolCalls
  if (parts.length > 0) contents.push({ role: 'model', parts })
}

/** Only thoughts that Gemini signed go back to it. A signature kept as redacted belongs to a text. */
function writeSaid(content: readonly ContentPart[], dropped: Set<string>): Wire[] {
  const parts: Wire[] = []
  const loose: string[] = []
  for (const [at, part] of content.entries()) {
    if (part.kind !== 'reasoning') {
      parts.push(...writePart(part, dropped))
      continue
    }
    if (part.from !== 'gemini') continue
    if (part.signature !== undefined)
      parts.push({ text: part.text, thought: true, thoughtSignature: part.signature })
    if (part.redacted === undefined) continue
    const before = parts.at(-1)
    if (content[at - 1]?.kind === 'text' && before) before['thoughtSignature'] = part.redacted
    else loose.push(part.redacted)
  }
  for (const signature of loose.reverse()) {
    const text = parts.findLast((part) => 'text' in part && !('thoughtSignature' in part))
    if (text) text['thoughtSignature'] = signature
    else parts.push({ text: '', thoughtSignature: signature })
  }
  return parts
}

function writeCall(call: ToolCall, mustBeSigned: boolean, dropped: Set<string>): Wire {
  const args = parseJson(call.arguments)
  if (!isRecord(args)) dropped.add('messages.tool_calls.arguments')
  const own = call.from === 'gemini' ? call.signature : undefined
  return present({
    functionCall: present({ id: wireId(call.id), name: call.name, args: isRecord(args) ? args : {} }),
    thoughtSignature: own ?? (mustBeSigned ? unsigned : undefined),
  })
}

/** One content for all answers of a turn, in the order of its calls; what they show follows as the user's. */
function writeAnswers(writing: Writing): void {
  const { answers, calls, contents, dropped } = writing
  if (answers.length === 0) return
  const place = ({ toolCallId }: ToolAnswer) => {
    const at = calls.findIndex(({ id }) => id === toolCallId)
    return at < 0 ? calls.length : at
  }
  const ordered = answers.toSorted((one, other) => place(one) - place(other))
  contents.push({ role: 'user', parts: ordered.map((answer) => writeAnswer(answer, calls)) })
  const shown = ordered.flatMap(({ content }) =>
    content.flatMap((part) => (part.kind === 'text' ? [] : writePart(part, dropped))),
  )
  if (shown.length > 0) contents.push({ role: 'user', parts: shown })
  writing.answers = []
}

function writeAnswer(
  { toolCallId, toolName, content, isError }: ToolAnswer,
  calls: readonly ToolCall[],
): Wire {
  const name = toolName ?? calls.find(({ id }) => id === toolCallId)?.name ?? 'unknown'
  const text = content.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n')
  const response = isError ? { error: text } : { output: text }
  return { functionResponse: present({ id: wireId(toolCallId), name, response }) }
}

const textsOf = (content: readonly ContentPart[]): Wire[] =>
  content.flatMap((part) => (part.kind === 'text' ? [{ text: part.text }] : []))
