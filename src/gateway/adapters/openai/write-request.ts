/** The shared form → OpenAI chat-completions request. */

import { isRecord } from '../../../base/text.ts'
import type { VerbatimBody, WireRequest, WireTarget } from '../../../protocol/adapter.ts'
import type { ChatRequest } from '../../../protocol/chat.ts'
import { callerNames } from '../caller-names.ts'
import { effortOf } from '../effort.ts'
import { modelTraits } from './model-traits.ts'
import { writeMessages } from './write-messages.ts'

const path = '/chat/completions'
const mostStops = 4

export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  if (request.dialect === 'openai') return writeSame(request, target)
  const { messages, dropped } = writeMessages(request)
  const lost = lostFields(request, target)
  const names = callerNames(request.dialect)
  const body = {
    model: target.model,
    messages,
    ...writeTools(request),
    ...writeFormat(request),
    [limitName(target)]: request.maxOutputTokens,
    temperature: lost.includes(names.temperature) ? undefined : request.temperature,
    top_p: lost.includes(names.topP) ? undefined : request.topP,
    stop: request.stop?.slice(0, mostStops),
    seed: request.seed,
    n: request.choices,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    logprobs: request.logprobs,
    top_logprobs: request.topLogprobs,
    reasoning_effort: target.abilities.reasoning === false ? undefined : effortOf(request),
    user: request.endUser,
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
  return { path, headers: {}, body, dropped: [...lost, ...request.unmapped, ...dropped] }
}

function limitName({ model, abilities }: WireTarget): 'max_tokens' | 'max_completion_tokens' {
  return modelTraits(model, abilities).limitsCompletion ? 'max_completion_tokens' : 'max_tokens'
}

/** What this wire or this model cannot take, by the caller's names. */
function lostFields(request: ChatRequest, { model, abilities }: WireTarget): string[] {
  const names = callerNames(request.dialect)
  const effort = effortOf(request)
  const isFixed = modelTraits(model, abilities).fixedSampling && effort !== 'none'
  const isLost: readonly [name: string, lost: boolean][] = [
    [names.temperature, isFixed && request.temperature !== undefined],
    [names.topP, isFixed && request.topP !== undefined],
    [names.topK, request.topK !== undefined],
    [names.stop, (request.stop?.length ?? 0) > mostStops],
    [names.reasoning, effort !== undefined && effort !== 'none' && abilities.reasoning === false],
  ]
  return isLost.flatMap(([name, lost]) => (lost ? [name] : []))
}

function writeSame(request: ChatRequest, target: WireTarget): WireRequest {
  const verbatim = verbatimBody(request, target)
  return verbatim
    ? { path, headers: {}, dropped: [], body: request.body, verbatim }
    : { path, headers: {}, dropped: [], body: sameBody(request, target) }
}

/** The caller's own bytes, where only the model must change. */
function verbatimBody(request: ChatRequest, target: WireTarget): VerbatimBody | undefined {
  const { body, given } = request
  if (given?.of !== body || request.appended || body['models'] !== undefined) return undefined
  const isLimited = body['max_tokens'] !== undefined && limitName(target) !== 'max_tokens'
  if (isLimited || body['adaptive'] !== undefined || holdsState(body['messages'])) return undefined
  const { pieces, model } = given
  const { from, to } = model
  const text = JSON.stringify(target.model)
  if (!request.stream || request.streamUsage) return { pieces, from, to, text }
  const isUsageOpen = body['stream_options'] === undefined
  return isUsageOpen
    ? { pieces, from, to, text: `${text},"stream_options":{"include_usage":true}` }
    : undefined
}

function holdsState(messages: unknown): boolean {
  return (
    Array.isArray(messages) &&
    messages.some(
      (message) => isRecord(message) && ('adaptive_state' in message || holdsState(message['tool_calls'])),
    )
  )
}

/** The caller's own body with the target's model; what only the gateway reads is taken out, and usage is always asked for. */
function sameBody(request: ChatRequest, target: WireTarget): Record<string, unknown> {
  const { models: _models, adaptive: _adaptive, ...rest } = request.body
  const given: unknown[] = Array.isArray(rest['messages']) ? rest['messages'] : []
  const added = request.appended ? writeMessages({ messages: request.appended }).messages : []
  const messages = [...given.map(withoutState), ...added]
  const { model } = target
  const body = withLimit({ ...rest, messages }, target)
  if (!request.stream) return { ...body, model }
  const wanted = request.body['stream_options']
  const options = isRecord(wanted) ? wanted : {}
  return { ...body, model, stream_options: { ...options, include_usage: true } }
}

/** A model that refuses `max_tokens` is told the same limit by the name it takes. */
function withLimit(body: Record<string, unknown>, target: WireTarget): Record<string, unknown> {
  const limit = body['max_tokens']
  if (limit === undefined || limit === null || limitName(target) === 'max_tokens') return body
  const { max_tokens: _limit, ...rest } = body
  return { ...rest, max_completion_tokens: rest['max_completion_tokens'] ?? limit }
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
