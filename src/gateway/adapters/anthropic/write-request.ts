/** The shared form → Anthropic Messages request. */

import { isRecord } from '../../../base/text.ts'
import type { WireRequest, WireTarget } from '../../../protocol/adapter.ts'
import type { ChatRequest } from '../../../protocol/chat.ts'
import { callerNames } from '../caller-names.ts'
import { present } from '../present.ts'
import { isForeign } from './foreign-state.ts'
import { writeMessages } from './write-messages.ts'
import { writeThinking } from './write-thinking.ts'

const path = '/v1/messages'
const headers = { 'anthropic-version': '2023-06-01' }
/** The dialect demands a limit; this one is used where neither caller nor catalogue names any. */
const assumedMaxTokens = 4_096

export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  if (request.dialect === 'anthropic') {
    const own = { ...headers, ...request.headers }
    return { path, headers: own, ...sameBody(request, target.model) }
  }
  const { system, messages, dropped } = writeMessages(request)
  const limit = target.abilities.maxOutputTokens
  const wanted = request.maxOutputTokens ?? limit ?? assumedMaxTokens
  const maxTokens = limit === undefined ? wanted : Math.min(wanted, limit)
  const thinking = writeThinking(request, target.abilities, maxTokens)
  const sampling = thinking.wire ? {} : writeSampling(request)
  const body = present({
    model: target.model,
    max_tokens: maxTokens,
    system,
    messages,
    ...writeTools(request),
    ...sampling,
    stop_sequences: request.stop?.filter((text) => text.trim() !== ''),
    thinking: thinking.wire,
    output_config: writeFormat(request),
    metadata: request.endUser === undefined ? undefined : { user_id: request.endUser },
    stream: request.stream ? true : undefined,
  })
  const lost = [...cannotSay(request), ...thinking.dropped, ...(thinking.wire ? samplingNames(request) : [])]
  return { path, headers, body, dropped: [...lost, ...request.unmapped, ...dropped] }
}

/** The caller's own body with the target's model; what only the gateway reads is taken out. */
function sameBody(
  { body, appended = [] }: ChatRequest,
  model: string,
): Pick<WireRequest, 'body' | 'dropped'> {
  const { models: _models, adaptive: _adaptive, ...rest } = body
  const given: unknown[] = Array.isArray(rest['messages']) ? rest['messages'] : []
  const messages = [...given.map(withoutState), ...writeMessages({ messages: appended }).messages]
  const same: Record<string, unknown> = { ...rest, messages, model }
  if (!isRecord(rest['thinking']) || rest['thinking']['type'] !== 'enabled' || mayThinkAfter(messages))
    return { body: same, dropped: [] }
  const { thinking: _thinking, ...unthinking } = same
  return { body: unthinking, dropped: ['thinking'] }
}

/** With a budget to think, Anthropic refuses a tool turn that does not begin with its own thinking: another's cannot. */
function mayThinkAfter(messages: readonly unknown[]): boolean {
  const last = messages.filter(isRecord).findLast(({ role }) => role === 'assistant')
  const blocks: unknown[] = Array.isArray(last?.['content']) ? last['content'] : []
  const types = blocks.filter(isRecord).map(({ type }) => type)
  return !types.includes('tool_use') || types[0] === 'thinking' || types[0] === 'redacted_thinking'
}

/** State of other dialects is not Anthropic's: it refuses signatures and fields it does not know. */
function withoutState(message: unknown): unknown {
  if (!isRecord(message) || !Array.isArray(message['content'])) return message
  return { ...message, content: message['content'].flatMap(ownBlock) }
}

function ownBlock(block: unknown): readonly unknown[] {
  if (!isRecord(block)) return [block]
  const state = block['type'] === 'thinking' ? block['signature'] : block['data']
  if (block['type'] === 'thinking' || block['type'] === 'redacted_thinking')
    return typeof state === 'string' && state !== '' && !isForeign(state) ? [block] : []
  const { adaptive_state: _state, ...kept } = block
  return [kept]
}

function writeSampling({ temperature, topP, topK }: ChatRequest): Record<string, unknown> {
  return {
    temperature: temperature === undefined ? undefined : Math.min(1, temperature),
    top_p: topP,
    top_k: topK,
  }
}

function samplingNames({ dialect, temperature, topP, topK }: ChatRequest): string[] {
  const names = callerNames(dialect)
  return [
    ...(temperature === undefined ? [] : [names.temperature]),
    ...(topP === undefined ? [] : [names.topP]),
    ...(topK === undefined ? [] : [names.topK]),
  ]
}

function cannotSay(request: ChatRequest): string[] {
  const names = callerNames(request.dialect)
  const isLost: readonly [name: string, lost: boolean][] = [
    [names.seed, request.seed !== undefined],
    [names.choices, (request.choices ?? 1) > 1],
    [names.presencePenalty, (request.presencePenalty ?? 0) !== 0],
    [names.frequencyPenalty, (request.frequencyPenalty ?? 0) !== 0],
    [names.logprobs, request.logprobs === true],
    [names.responseFormat, request.responseFormat?.kind === 'json'],
    [names.temperature, (request.temperature ?? 0) > 1],
  ]
  return isLost.flatMap(([name, lost]) => (lost ? [name] : []))
}

function writeTools({ tools, toolChoice, parallelToolCalls }: ChatRequest): Record<string, unknown> {
  if (tools.length === 0) return {}
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {}
  return {
    tools: tools.map(({ name, description, parameters, strict }) =>
      present({ name, description, input_schema: { type: 'object', ...parameters }, strict }),
    ),
    tool_choice: writeChoice(toolChoice, single),
  }
}

function writeChoice(choice: ChatRequest['toolChoice'], single: Record<string, unknown>): unknown {
  if (choice === undefined) return Object.keys(single).length > 0 ? { type: 'auto', ...single } : undefined
  if (choice === 'none') return { type: 'none' }
  if (choice === 'auto') return { type: 'auto', ...single }
  return choice === 'required' ? { type: 'any', ...single } : { type: 'tool', name: choice.name, ...single }
}

function writeFormat({ responseFormat: format }: ChatRequest): unknown {
  return format?.kind === 'json_schema'
    ? { format: { type: 'json_schema', schema: format.schema } }
    : undefined
}
