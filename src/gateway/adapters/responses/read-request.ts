/** Responses request → the shared form. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type {
  ChatRequest,
  Message,
  ReasoningEffort,
  ResponseFormat,
  Tool,
  ToolChoice,
} from '../../../protocol/chat.ts'
import type { Fault } from '../../../protocol/fault.ts'
import { present } from '../present.ts'
import { type ReadItems, readItems } from './read-items.ts'
import { unsupported, unsupportedField, unsupportedTool } from './unsupported.ts'
import { checkRequest, responsesRequestSchema, type WireResponsesRequest } from './wire.ts'

const mapped = new Set(Object.keys(responsesRequestSchema.shape))

/** What is called otherwise than in chat completions. */
const fieldNames: Readonly<Record<string, string>> = {
  response_format: 'text.format',
  reasoning_effort: 'reasoning.effort',
  thinking: 'reasoning.effort',
  logprobs: 'top_logprobs',
  'tools.function.strict': 'tools.strict',
  'messages.content.image': 'input.content.input_image',
  'messages.content.file': 'input.content.input_file',
  'messages.content.audio': 'input.content.input_audio',
  'messages.content.detail': 'input.content.detail',
  'messages.content.filename': 'input.content.filename',
  'messages.tool_calls.arguments': 'input.arguments',
}

export function readRequest(body: unknown): Outcome<ChatRequest, Fault> {
  const checked = checkRequest(body)
  if (!checked.ok) return checked
  const wire = checked.value
  const refused = unsupportedField(wire)
  if (refused) return failed(refused)
  const tools = readTools(wire)
  if (!tools.ok) return tools
  const input = readInput(wire)
  if (!input.ok) return input
  const given = isRecord(body) ? body : {}
  const fields = Object.keys(given).filter((name) => !mapped.has(name) && given[name] !== null)
  return done(
    present<ChatRequest>({
      dialect: 'responses',
      model: wire.model,
      messages: [...instructions(wire), ...input.value.messages],
      ...tools.value,
      responseFormat: readFormat(wire),
      ...readOptions(wire),
      stream: wire.stream === true,
      streamUsage: true,
      body: given,
      unmapped: [...fields, ...lost(wire), ...input.value.unmapped],
      fieldNames,
    }),
  )
}

const instructions = ({ instructions: text }: WireResponsesRequest): Message[] =>
  text ? [{ role: 'system', content: [{ kind: 'text', text }] }] : []

function readInput({ input }: WireResponsesRequest): Outcome<ReadItems, Fault> {
  if (input === undefined || input === null || input.length === 0)
    return failed(unsupported('input', 'must be a text or a list with at least one item'))
  return readItems(typeof input === 'string' ? [{ role: 'user', content: input }] : input)
}

interface ReadTools {
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  readonly parallelToolCalls?: boolean
}

function readTools(wire: WireResponsesRequest): Outcome<ReadTools, Fault> {
  const given = wire.tools ?? []
  for (const [at, tool] of given.entries()) {
    const refused = unsupportedTool(tool, at)
    if (refused) return failed(refused)
  }
  const tools = given.map((tool) =>
    present<Tool>({
      name: tool.name ?? '',
      description: tool.description ?? undefined,
      parameters: tool.parameters ?? undefined,
      strict: tool.strict ?? undefined,
    }),
  )
  const parallelToolCalls = wire.parallel_tool_calls ?? undefined
  const choice = wire.tool_choice ?? undefined
  if (choice === undefined || typeof choice === 'string')
    return done({ tools, toolChoice: choice, parallelToolCalls })
  if (choice.type === 'function' && choice.name !== undefined)
    return done({ tools, toolChoice: { name: choice.name }, parallelToolCalls })
  if (choice.type !== 'allowed_tools')
    return failed(unsupported('tool_choice.type', `"${choice.type}" is not supported; choose a function`))
  // Other dialects know no list of allowed tools: those that are not allowed are left out.
  const allowed = new Set((choice.tools ?? []).map(({ name }) => name))
  return done({
    tools: tools.filter(({ name }) => allowed.has(name)),
    toolChoice: choice.mode ?? 'auto',
    parallelToolCalls,
  })
}

function readFormat({ text }: WireResponsesRequest): ResponseFormat | undefined {
  const format = text?.format
  if (!format) return undefined
  if (format.type === 'text') return { kind: 'text' }
  if (format.type === 'json_object') return { kind: 'json' }
  return present<ResponseFormat>({
    kind: 'json_schema',
    name: format.name ?? 'answer',
    schema: format.schema ?? {},
    strict: format.strict ?? undefined,
    description: format.description,
  })
}

function readOptions(wire: WireResponsesRequest) {
  const wantsLogprobs =
    (wire.top_logprobs ?? 0) > 0 || (wire.include?.includes('message.output_text.logprobs') ?? false)
  return {
    maxOutputTokens: wire.max_output_tokens ?? undefined,
    temperature: wire.temperature ?? undefined,
    topP: wire.top_p ?? undefined,
    logprobs: wantsLogprobs || undefined,
    topLogprobs: wantsLogprobs ? (wire.top_logprobs ?? undefined) : undefined,
    reasoningEffort: readEffort(wire.reasoning?.effort ?? undefined),
    endUser: wire.safety_identifier ?? wire.user ?? undefined,
  }
}

const readEffort = (effort: ReasoningEffort | 'max' | undefined) => (effort === 'max' ? 'xhigh' : effort)

const included = new Set(['reasoning.encrypted_content', 'message.output_text.logprobs'])

/** Wishes inside known fields that no target can be given. */
function lost(wire: WireResponsesRequest): string[] {
  return [
    ...(wire.store === true ? ['store'] : []),
    ...(wire.truncation === 'auto' ? ['truncation'] : []),
    ...(wire.text?.verbosity ? ['text.verbosity'] : []),
    ...(wire.include ?? []).filter((name) => !included.has(name)).map((name) => `include.${name}`),
  ]
}
