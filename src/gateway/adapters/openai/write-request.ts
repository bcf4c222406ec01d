/** The shared form → OpenAI chat-completions request. */

import type { WireRequest, WireTarget } from '../../../protocol/adapter.ts'
import type {
  ChatRequest,
  ContentPart,
  MediaSource,
  Message,
  ReasoningEffort,
} from '../../../protocol/chat.ts'

const path = '/chat/completions'

export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  if (request.dialect === 'openai')
    return { path, headers: {}, dropped: [], body: sameBody(request, target.model) }
  const body = {
    model: target.model,
    messages: request.messages.map(writeMessage),
    ...writeTools(request),
    ...writeFormat(request),
    max_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    stop: request.stop?.slice(0, 4),
    seed: request.seed,
    n: request.choices,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    logprobs: request.logprobs,
    top_logprobs: request.topLogprobs,
    reasoning_effort: request.reasoningEffort ?? effortFor(request.reasoningBudgetTokens),
    user: request.endUser,
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
  return {
    path,
    headers: {},
    body,
    dropped: [...(request.topK === undefined ? [] : ['top_k']), ...request.unmapped],
  }
}

/** The caller's own body with the target's model; what only the gateway reads is taken out, and usage is always asked for. */
function sameBody(request: ChatRequest, model: string): Record<string, unknown> {
  const { models: _models, adaptive: _adaptive, ...body } = request.body
  if (!request.stream) return { ...body, model }
  const given = request.body['stream_options']
  const options = typeof given === 'object' && given !== null ? given : {}
  return { ...body, model, stream_options: { ...options, include_usage: true } }
}

function effortFor(budgetTokens: number | undefined): ReasoningEffort | undefined {
  if (budgetTokens === undefined) return undefined
  return budgetTokens <= 2_048 ? 'low' : budgetTokens <= 8_192 ? 'medium' : 'high'
}

function writeMessage(message: Message): Record<string, unknown> {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: textOf(message.content) }
    case 'user':
      return { role: 'user', content: writeContent(message.content), name: message.name }
    case 'assistant': {
      const text = textOf(message.content)
      const calls = message.toolCalls.map(({ id, name, arguments: json }) => ({
        id,
        type: 'function',
        function: { name, arguments: json },
      }))
      return {
        role: 'assistant',
        content: text === '' ? null : text,
        ...(calls.length > 0 ? { tool_calls: calls } : {}),
      }
    }
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: textOf(message.content) }
  }
}

const textOf = (content: readonly ContentPart[]) =>
  content.map((part) => (part.kind === 'text' ? part.text : '')).join('')

function writeContent(content: readonly ContentPart[]): unknown {
  if (content.every(({ kind }) => kind === 'text')) return textOf(content)
  return content.flatMap((part): unknown[] => {
    switch (part.kind) {
      case 'text':
        return [{ type: 'text', text: part.text }]
      case 'image':
        return [{ type: 'image_url', image_url: { url: urlOf(part.source), detail: part.detail } }]
      case 'file':
        return [{ type: 'file', file: { file_data: urlOf(part.source), filename: part.name ?? 'file' } }]
      case 'audio':
        return [{ type: 'input_audio', input_audio: { data: part.data, format: part.format } }]
      default:
        return []
    }
  })
}

const urlOf = (source: MediaSource) =>
  source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`

function writeTools({ tools, toolChoice, parallelToolCalls }: ChatRequest): Record<string, unknown> {
  if (tools.length === 0) return {}
  return {
    tools: tools.map(({ name, description, parameters, strict }) => ({
      type: 'function',
      function: { name, description, parameters: parameters ?? { type: 'object', properties: {} }, strict },
    })),
    tool_choice: typeof toolChoice === 'object' ? { type: 'function', function: toolChoice } : toolChoice,
    parallel_tool_calls: parallelToolCalls,
  }
}

function writeFormat({ responseFormat: format }: ChatRequest): Record<string, unknown> {
  if (!format || format.kind === 'text') return {}
  if (format.kind === 'json') return { response_format: { type: 'json_object' } }
  const { kind: _kind, ...schema } = format
  return { response_format: { type: 'json_schema', json_schema: schema } }
}
