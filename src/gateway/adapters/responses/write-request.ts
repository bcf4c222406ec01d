/** The shared form → a Responses request, stateless: nothing is stored at the provider. */

import { isRecord } from '../../../base/text.ts'
import type { WireRequest, WireTarget } from '../../../protocol/adapter.ts'
import type { ChatRequest } from '../../../protocol/chat.ts'
import { callerNames } from '../caller-names.ts'
import { effortOf } from '../effort.ts'
import { modelTraits } from '../openai/model-traits.ts'
import { present } from '../present.ts'
import { unpackState } from './opaque-state.ts'
import { splitSeal } from './seal.ts'
import { writeItems } from './write-items.ts'

const path = '/responses'
/** The API refuses a smaller limit. */
const leastOutputTokens = 16

export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  if (request.dialect === 'responses')
    return { path, headers: {}, dropped: [], body: sameBody(request, target) }
  const { items, dropped } = writeItems(request.messages)
  const isReasoning = modelTraits(target.model, target.abilities).fixedSampling
  const effort = target.abilities.reasoning === false ? undefined : effortOf(request)
  const isFixed = isReasoning && effort !== 'none'
  const limit = request.maxOutputTokens
  const body = present({
    model: target.model,
    input: items,
    ...writeTools(request),
    text: writeFormat(request),
    max_output_tokens: limit === undefined ? undefined : Math.max(leastOutputTokens, limit),
    temperature: isFixed ? undefined : request.temperature,
    top_p: isFixed ? undefined : request.topP,
    ...writeLogprobs(request, isReasoning),
    reasoning: effort === undefined ? undefined : { effort },
    user: request.endUser,
    store: false,
    stream: request.stream ? true : undefined,
  })
  return {
    path,
    headers: {},
    body,
    dropped: [...lost(request, target, isFixed), ...request.unmapped, ...dropped],
  }
}

/** What this wire or this model cannot take, by the caller's names. */
function lost(request: ChatRequest, { abilities }: WireTarget, isFixed: boolean): readonly string[] {
  const names = callerNames(request.dialect)
  const { maxOutputTokens = leastOutputTokens } = request
  const isThinking = (effortOf(request) ?? 'none') !== 'none'
  const isLost: readonly [name: string, lost: boolean][] = [
    ['max_tokens', maxOutputTokens < leastOutputTokens],
    [names.temperature, isFixed && request.temperature !== undefined],
    [names.topP, isFixed && request.topP !== undefined],
    [names.topK, request.topK !== undefined],
    [names.stop, (request.stop?.length ?? 0) > 0],
    [names.seed, request.seed !== undefined],
    [names.choices, (request.choices ?? 1) > 1],
    [names.presencePenalty, (request.presencePenalty ?? 0) !== 0],
    [names.frequencyPenalty, (request.frequencyPenalty ?? 0) !== 0],
    [names.reasoning, isThinking && abilities.reasoning === false],
  ]
  return isLost.flatMap(([name, wasLost]) => (wasLost ? [name] : []))
}

/** The caller's own body with the target's model; what only the gateway reads is taken out. */
function sameBody({ body, appended = [] }: ChatRequest, { model }: WireTarget): Record<string, unknown> {
  const { models: _models, adaptive: _adaptive, input, ...rest } = body
  const given: unknown[] = Array.isArray(input)
    ? input.flatMap(withoutForeignState)
    : typeof input === 'string'
      ? [{ role: 'user', content: input }]
      : []
  const added = writeItems(appended).items
  // A text is left as it is where nothing follows it.
  const whole = typeof input === 'string' && added.length === 0 ? input : [...given, ...added]
  return { ...rest, input: whole, store: rest['store'] ?? false, model }
}

/** Of what the gateway packed, only what a provider of this dialect sealed goes back to it. */
function withoutForeignState(item: unknown): readonly unknown[] {
  if (!isRecord(item) || item['type'] !== 'reasoning') return [item]
  const packed = item['encrypted_content']
  const state = typeof packed === 'string' ? unpackState(packed) : undefined
  if (state === undefined) return [item]
  const { from, signature } = state.thought ?? {}
  if (from !== 'responses' || signature === undefined) return []
  const { id, sealed } = splitSeal(signature)
  return [{ ...item, id, encrypted_content: sealed }]
}

/** A tool is strict by default in this dialect alone. */
function writeTools({ tools, toolChoice, parallelToolCalls }: ChatRequest): Record<string, unknown> {
  if (tools.length === 0) return {}
  return {
    tools: tools.map(({ name, description, parameters, strict }) =>
      present({
        type: 'function',
        name,
        description,
        parameters: parameters ?? { type: 'object', properties: {} },
        strict: strict ?? false,
      }),
    ),
    tool_choice: typeof toolChoice === 'object' ? { type: 'function', ...toolChoice } : toolChoice,
    parallel_tool_calls: parallelToolCalls,
  }
}

function writeFormat({ responseFormat: format }: ChatRequest): Record<string, unknown> | undefined {
  if (!format || format.kind === 'text') return undefined
  if (format.kind === 'json') return { format: { type: 'json_object' } }
  const { kind: _kind, ...schema } = format
  return { format: present({ type: 'json_schema', ...schema }) }
}

/** Models that think give their thinking back sealed, for it is not stored. */
function writeLogprobs(
  { logprobs, topLogprobs }: ChatRequest,
  isReasoning: boolean,
): Record<string, unknown> {
  const include = [
    ...(logprobs ? ['message.output_text.logprobs'] : []),
    ...(isReasoning ? ['reasoning.encrypted_content'] : []),
  ]
  return {
    include: include.length > 0 ? include : undefined,
    top_logprobs: logprobs ? topLogprobs : undefined,
  }
}
