/** OpenAI chat-completions request → the shared form. */

import { done, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type {
  ChatRequest,
  ContentPart,
  Dialect,
  Message,
  ResponseFormat,
  Tool,
  ToolCall,
  ToolChoice,
} from '../../../protocol/chat.ts'
import type { Fault } from '../../../protocol/fault.ts'
import { chatRequestSchema, checkRequest, type WireChatRequest, type WireMessage } from './wire.ts'

const mapped = new Set(Object.keys(chatRequestSchema.shape))

export function readRequest(body: unknown): Outcome<ChatRequest, Fault> {
  const checked = checkRequest(body)
  if (!checked.ok) return checked
  const wire = checked.value
  const given = isRecord(body) ? body : {}
  return done({
    dialect: 'openai',
    model: wire.model,
    messages: wire.messages.map(readMessage),
    tools: readTools(wire),
    toolChoice: readToolChoice(wire.tool_choice),
    responseFormat: readResponseFormat(wire.response_format),
    ...readSampling(wire),
    stream: wire.stream === true,
    streamUsage: wire.stream_options?.include_usage === true,
    body: given,
    unmapped: Object.keys(given).filter((name) => !mapped.has(name) && given[name] !== null),
  })
}

function readSampling(wire: WireChatRequest) {
  return {
    parallelToolCalls: wire.parallel_tool_calls ?? undefined,
    maxOutputTokens: wire.max_completion_tokens ?? wire.max_tokens ?? undefined,
    temperature: wire.temperature ?? undefined,
    topP: wire.top_p ?? undefined,
    stop: typeof wire.stop === 'string' ? [wire.stop] : (wire.stop ?? undefined),
    seed: wire.seed ?? undefined,
    choices: wire.n ?? undefined,
    presencePenalty: wire.presence_penalty ?? undefined,
    frequencyPenalty: wire.frequency_penalty ?? undefined,
    logprobs: wire.logprobs ?? undefined,
    topLogprobs: wire.top_logprobs ?? undefined,
    reasoningEffort: wire.reasoning_effort ?? undefined,
    endUser: wire.user ?? undefined,
  }
}

function readMessage(message: WireMessage): Message {
  const content = readContent(message.content)
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content }
    case 'user':
      return { role: 'user', content, ...(message.name === undefined ? {} : { name: message.name }) }
    case 'assistant':
      return {
        role: 'assistant',
        content: [...readReasoning(message), ...content],
        toolCalls: (message.tool_calls ?? []).map(readToolCall),
        ...(message.refusal ? { refusal: message.refusal } : {}),
      }
    default:
      return {
        role: 'tool',
        toolCallId: message.tool_call_id ?? message.name ?? '',
        toolName: message.name,
        content,
      }
  }
}

/** Thinking that an earlier answer carried: its text, and the state its provider must get back. */
function readReasoning(message: WireMessage): ContentPart[] {
  const state = isRecord(message['adaptive_state']) ? message['adaptive_state'] : {}
  const text = message.reasoning_content ?? ''
  if (text === '' && Object.keys(state).length === 0) return []
  return [{ kind: 'reasoning', text, ...readState(state) }]
}

function readState(state: Record<string, unknown>): {
  signature?: string
  redacted?: string
  from?: Dialect
} {
  const { signature, redacted, from } = state
  return {
    ...(typeof signature === 'string' ? { signature } : {}),
    ...(typeof redacted === 'string' ? { redacted } : {}),
    ...(from === 'openai' || from === 'anthropic' || from === 'gemini' ? { from } : {}),
  }
}

function readToolCall(call: NonNullable<WireMessage['tool_calls']>[number]): ToolCall {
  const state = isRecord(call['adaptive_state']) ? readState(call['adaptive_state']) : {}
  return { id: call.id, name: call.function.name, arguments: call.function.arguments || '{}', ...state }
}

export function readContent(content: WireMessage['content']): ContentPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  return (content ?? []).flatMap(readPart)
}

function readPart(part: Record<string, unknown>): ContentPart[] {
  if (typeof part['text'] === 'string') return [{ kind: 'text', text: part['text'] }]
  if (typeof part['refusal'] === 'string') return [{ kind: 'text', text: part['refusal'] }]
  const image = part['image_url']
  if (isRecord(image) && typeof image['url'] === 'string') return [readImage(image['url'], image['detail'])]
  const audio = part['input_audio']
  if (isRecord(audio) && typeof audio['data'] === 'string')
    return [{ kind: 'audio', data: audio['data'], format: String(audio['format'] ?? 'wav') }]
  const file = part['file']
  if (isRecord(file) && typeof file['file_data'] === 'string')
    return [{ kind: 'file', source: readSource(file['file_data']), name: String(file['filename'] ?? 'file') }]
  return []
}

function readImage(url: string, detail: unknown): ContentPart {
  const source = readSource(url)
  return detail === 'low' || detail === 'high' || detail === 'auto'
    ? { kind: 'image', source, detail }
    : { kind: 'image', source }
}

function readSource(url: string) {
  const data = /^data:([^;,]+);base64,/.exec(url)
  if (!data) return { kind: 'url' as const, url }
  return { kind: 'base64' as const, mediaType: data[1] ?? '', data: url.slice(data[0].length) }
}

function readTools(wire: WireChatRequest): Tool[] {
  return (wire.tools ?? []).flatMap(({ function: tool }) =>
    tool
      ? [
          {
            name: tool.name,
            description: tool.description,
            parameters: tool.parameters,
            strict: tool.strict ?? undefined,
          },
        ]
      : [],
  )
}

function readToolChoice(choice: WireChatRequest['tool_choice']): ToolChoice | undefined {
  if (typeof choice === 'string') return choice
  return choice?.function ? { name: choice.function.name } : undefined
}

function readResponseFormat(format: WireChatRequest['response_format']): ResponseFormat | undefined {
  if (!format) return undefined
  if (format.type === 'text') return { kind: 'text' }
  if (format.type === 'json_object' || !format.json_schema) return { kind: 'json' }
  const { name, schema, strict, description } = format.json_schema
  return { kind: 'json_schema', name, schema: schema ?? {}, strict: strict ?? undefined, description }
}
