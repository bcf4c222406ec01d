/** generateContent request → the shared form. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type { ChatRequest, ResponseFormat, Tool, ToolChoice } from '../../../protocol/chat.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import { present } from '../present.ts'
import { readMessages } from './read-messages.ts'
import { toJsonSchema } from './schema-types.ts'
import { readThinking } from './thinking.ts'
import { checkRequest, type WireRequestBody } from './wire.ts'

type Config = NonNullable<WireRequestBody['generationConfig']>

const mapped = new Set([
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'model',
  'models',
  'adaptive',
])
const mappedConfig = new Set([
  ...['candidateCount', 'maxOutputTokens', 'temperature', 'topP', 'topK', 'stopSequences', 'seed'],
  ...['presencePenalty', 'frequencyPenalty', 'responseLogprobs', 'logprobs'],
  ...['responseMimeType', 'responseSchema', 'responseJsonSchema', 'thinkingConfig'],
])

/** Model and method stand in the path; `hints` brings them. */
export function readRequest(
  body: unknown,
  hints: { readonly model?: string; readonly stream?: boolean } = {},
): Outcome<ChatRequest, Fault> {
  const checked = checkRequest(body)
  if (!checked.ok) return checked
  const wire = checked.value
  const model = hints.model ?? wire.model?.replace(/^models\//, '') ?? ''
  if (model === '')
    return failed(makeFault('invalid_request', 'model: the path names none', { param: 'model' }))
  const { messages, unmapped } = readMessages(wire)
  return done({
    dialect: 'gemini',
    model,
    messages,
    tools: readTools(wire),
    toolChoice: readToolChoice(wire),
    responseFormat: readResponseFormat(wire.generationConfig ?? {}),
    ...readSampling(wire.generationConfig ?? {}),
    stream: hints.stream === true,
    // Gemini states usage in every stream.
    streamUsage: true,
    body: isRecord(body) ? body : {},
    unmapped: [...unmappedFields(wire), ...unmapped],
  })
}

function readSampling(config: Config) {
  return {
    maxOutputTokens: config.maxOutputTokens ?? undefined,
    temperature: config.temperature ?? undefined,
    topP: config.topP ?? undefined,
    topK: config.topK ?? undefined,
    stop: config.stopSequences ?? undefined,
    seed: config.seed ?? undefined,
    choices: config.candidateCount ?? undefined,
    presencePenalty: config.presencePenalty ?? undefined,
    frequencyPenalty: config.frequencyPenalty ?? undefined,
    logprobs: config.responseLogprobs ?? undefined,
    topLogprobs: config.logprobs ?? undefined,
    ...readThinking(config.thinkingConfig),
  }
}

function readTools(wire: WireRequestBody): Tool[] {
  const declared = (wire.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? [])
  return declared.map(({ name, description, parameters, parametersJsonSchema }) =>
    present({
      name,
      description: description ?? undefined,
      parameters: parametersJsonSchema ?? (parameters ? toJsonSchema(parameters) : undefined),
    }),
  )
}

function readToolChoice(wire: WireRequestBody): ToolChoice | undefined {
  const config = wire.toolConfig?.functionCallingConfig
  const mode = config?.mode?.toUpperCase()
  if (mode === 'NONE') return 'none'
  if (mode === 'AUTO' || mode === 'VALIDATED') return 'auto'
  if (mode !== 'ANY') return undefined
  const [name, ...others] = config?.allowedFunctionNames ?? []
  return name !== undefined && others.length === 0 ? { name } : 'required'
}

function readResponseFormat(config: Config): ResponseFormat | undefined {
  const given =
    config.responseJsonSchema ?? (config.responseSchema ? toJsonSchema(config.responseSchema) : undefined)
  if (given) {
    const title = given['title']
    return {
      kind: 'json_schema',
      name: typeof title === 'string' && title !== '' ? title : 'response',
      schema: given,
    }
  }
  if (config.responseMimeType === 'application/json') return { kind: 'json' }
  return config.responseMimeType === 'text/plain' ? { kind: 'text' } : undefined
}

function unmappedFields(wire: WireRequestBody): string[] {
  const config = wire.generationConfig ?? {}
  const calling = wire.toolConfig?.functionCallingConfig
  const fields = namesOf(wire).filter((name) => !mapped.has(name))
  const settings = namesOf(config).filter((name) => !mappedConfig.has(name))
  const tools = (wire.tools ?? []).flatMap((tool) =>
    namesOf(tool).filter((name) => name !== 'functionDeclarations'),
  )
  const toolConfig = namesOf(wire.toolConfig ?? {}).filter((name) => name !== 'functionCallingConfig')
  const { reasoningEffort: effort, reasoningBudgetTokens: budget } = readThinking(config.thinkingConfig)
  const onlyShown =
    config.thinkingConfig?.includeThoughts === true && effort === undefined && budget === undefined
  const isOddType = !['application/json', 'text/plain', undefined, null].includes(config.responseMimeType)
  return [
    ...fields,
    ...settings.map((name) => `generationConfig.${name}`),
    ...(isOddType ? ['generationConfig.responseMimeType'] : []),
    ...(onlyShown ? ['generationConfig.thinkingConfig.includeThoughts'] : []),
    ...tools.map((name) => `tools.${name}`),
    ...toolConfig.map((name) => `toolConfig.${name}`),
    ...((calling?.allowedFunctionNames ?? []).length > 1
      ? ['toolConfig.functionCallingConfig.allowedFunctionNames']
      : []),
  ]
}

/** Fields that hold something. */
const namesOf = (record: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(record).filter((name) => record[name] !== null && record[name] !== undefined)
