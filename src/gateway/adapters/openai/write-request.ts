/** The shared form → OpenAI chat-completions request. */

import { isRecord } from '../../../base/text.ts'
import type { WireRequest, WireTarget } from '../../../protocol/adapter.ts'
import type { ChatRequest, ReasoningEffort } from '../../../protocol/chat.ts'
import { writeMessages } from './write-messages.ts'

const path = '/chat/completions'

export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  if (request.dialect === 'openai')
    return { path, headers: {}, dropped: [], body: sameBody(request, target.model) }
  const { messages, dropped } = writeMessages(request)
  const body = {
    model: target.model,
    messages,
    ...writeTools(request),
    ...writeFormat(request),
    [limitName(target.model)]: request.maxOutputTokens,
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
    dropped: [...(request.topK === undefined ? [] : ['top_k']), ...request.unmapped, ...dropped],
  }
}

/** OpenAI's own reasoning models refuse the older name; servers that imitate OpenAI know only that. */
function limitName(model: string): 'max_tokens' | 'max_completion_tokens' {
  const name = model.slice(model.lastIndexOf('/') + 1)
  return /^(o\d|gpt-[5-9])/.test(name) ? 'max_completion_tokens' : 'max_tokens'
}

/** The caller's own body with the target's model; what only the gateway reads is taken out, and usage is always asked for. */
function sameBody(request: ChatRequest, model: string): Record<string, unknown> {
  const { models: _models, adaptive: _adaptive, ...rest } = request.body
  const given: unknown[] = Array.isArray(rest['messages']) ? rest['messages'] : []
  const added = request.appended ? writeMessages({ messages: request.appended }).messages : []
  const messages = [...given.map(withoutState), ...added]
  const body = { ...rest, messages }
  if (!request.stream) return { ...body, model }
  const wanted = request.body['stream_options']
  const options = isRecord(wanted) ? wanted : {}
  return { ...body, model, stream_options: { ...options, include_usage: true } }
}

/** State of other dialects is not for this one: some servers refuse unknown fields in messages. */
function withoutState(message: unknown): unknown {
  if (!isRecord(message)) return message
  const { adaptive_state: _state, ...rest } = message
  if (!Array.isArray(rest['tool_calls'])) return rest
  const calls = rest['tool_calls'].map((call) => {
    if (!isRecord(call)) return call
    const { adaptive_state: _callState, ...kept } = call
    return kept
  })
  return { ...rest, tool_calls: calls }
}

function effortFor(budgetTokens: number | undefined): ReasoningEffort | undefined {
  if (budgetTokens === undefined) return undefined
  return budgetTokens <= 2_048 ? 'low' : budgetTokens <= 8_192 ? 'medium' : 'high'
}

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
