/** The shared form → generateContent request. */

import { isRecord } from '../../../base/text.ts'
import type { WireRequest, WireTarget } from '../../../protocol/adapter.ts'
import type { ChatRequest } from '../../../protocol/chat.ts'
import { callerNames } from '../caller-names.ts'
import { present } from '../present.ts'
import { type ModelTraits, modelTraits } from './model-traits.ts'
import { isForeign } from './opaque-state.ts'
import { writeThinking } from './thinking.ts'
import { unsigned, writeMessages } from './write-messages.ts'

type Wire = Record<string, unknown>

const mostStops = 5

export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const traits = modelTraits(target.model)
  const path = pathOf(target.model, request.stream)
  if (request.dialect === 'gemini') return { path, headers: {}, dropped: [], body: sameBody(request, traits) }
  const { systemInstruction, contents, dropped } = writeMessages(request, traits)
  const lost = lostFields(request, target, traits)
  const generationConfig = writeConfig(request, traits, lost)
  const body = present({
    systemInstruction,
    contents,
    ...writeTools(request),
    generationConfig: Object.keys(generationConfig).length > 0 ? generationConfig : undefined,
  })
  return { path, headers: {}, body, dropped: [...lost, ...request.unmapped, ...dropped] }
}

/** The method tells whether the answer is a stream; a name may come with its collection (`tunedModels/x`). */
function pathOf(model: string, stream: boolean): string {
  const named = /^(models|tunedModels)\//.test(model) ? model : `models/${model}`
  const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent'
  return `/${named.split('/').map(encodeURIComponent).join('/')}:${method}`
}

/** The caller's own body; what only the gateway reads and state of other dialects are taken out. */
function sameBody(request: ChatRequest, traits: ModelTraits): Wire {
  const { models: _models, adaptive: _adaptive, model: _model, ...rest } = request.body
  const given: unknown[] = Array.isArray(rest['contents']) ? rest['contents'] : []
  const added = request.appended ? writeMessages({ messages: request.appended }, traits).contents : []
  return { ...rest, contents: [...given.map((one) => ownContent(one, traits)), ...added] }
}

function ownContent(content: unknown, traits: ModelTraits): unknown {
  const parts = isRecord(content) ? content['parts'] : undefined
  if (!isRecord(content) || !Array.isArray(parts)) return content
  if (!parts.some((part) => isForeign(signatureOf(part)))) return content
  return { ...content, parts: parts.flatMap((part) => ownPart(part, traits)) }
}

function ownPart(part: unknown, traits: ModelTraits): readonly unknown[] {
  if (!isRecord(part) || !isForeign(signatureOf(part))) return [part]
  const { thoughtSignature: _signature, thought_signature: _other, ...rest } = part
  if (rest['thought'] === true) return []
  const isCall = 'functionCall' in rest || 'function_call' in rest
  return [isCall && traits.demandsSignatures ? { ...rest, thoughtSignature: unsigned } : rest]
}

const signatureOf = (part: unknown): unknown =>
  isRecord(part) ? (part['thoughtSignature'] ?? part['thought_signature']) : undefined

/** What this wire or this model cannot take, by the caller's names. */
function lostFields(request: ChatRequest, { abilities }: WireTarget, traits: ModelTraits): string[] {
  const names = callerNames(request.dialect)
  const wantsThought = request.reasoningEffort !== undefined || request.reasoningBudgetTokens !== undefined
  const isLost: readonly [name: string, lost: boolean][] = [
    [names.parallelToolCalls, request.parallelToolCalls === false],
    [names.endUser, request.endUser !== undefined],
    [names.stop, (request.stop?.length ?? 0) > mostStops],
    [names.toolStrict, request.tools.some(({ strict }) => strict === true)],
    [names.reasoning, wantsThought && abilities.reasoning === false],
    [names.responseFormat, isJson(request) && request.tools.length > 0 && !traits.takesSchemaWithTools],
  ]
  return isLost.flatMap(([name, lost]) => (lost ? [name] : []))
}

const isJson = ({ responseFormat: format }: ChatRequest): boolean =>
  format?.kind === 'json' || format?.kind === 'json_schema'

function writeConfig(request: ChatRequest, traits: ModelTraits, lost: readonly string[]): Wire {
  const names = callerNames(request.dialect)
  return present({
    maxOutputTokens: request.maxOutputTokens,
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    stopSequences: request.stop?.slice(0, mostStops),
    seed: request.seed,
    candidateCount: request.choices,
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    responseLogprobs: request.logprobs,
    logprobs: request.logprobs ? request.topLogprobs : undefined,
    thinkingConfig: lost.includes(names.reasoning) ? undefined : writeThinking(request, traits),
    ...(lost.includes(names.responseFormat) ? {} : writeFormat(request)),
  })
}

function writeFormat({ responseFormat: format }: ChatRequest): Wire {
  if (!format || format.kind === 'text') return {}
  const responseMimeType = 'application/json'
  return format.kind === 'json'
    ? { responseMimeType }
    : { responseMimeType, responseJsonSchema: format.schema }
}

function writeTools({ tools, toolChoice }: ChatRequest): Wire {
  if (tools.length === 0) return {}
  const functionDeclarations = tools.map(({ name, description, parameters }) =>
    present({ name, description, parametersJsonSchema: parameters }),
  )
  return { tools: [{ functionDeclarations }], toolConfig: writeChoice(toolChoice) }
}

const modes = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const

function writeChoice(choice: ChatRequest['toolChoice']): Wire | undefined {
  if (choice === undefined) return undefined
  const functionCallingConfig =
    typeof choice === 'object'
      ? { mode: 'ANY', allowedFunctionNames: [choice.name] }
      : { mode: modes[choice] }
  return { functionCallingConfig }
}
