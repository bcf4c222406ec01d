/** Anthropic Messages request → the shared form. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type { CallerHeaders } from '../../../protocol/adapter.ts'
import type { ChatRequest, ReasoningEffort, Tool, ToolChoice } from '../../../protocol/chat.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import { filled } from '../present.ts'
import { readMessages } from './read-messages.ts'
import { checkRequest, messagesRequestSchema, type WireRequest } from './wire.ts'

const mapped = new Set(Object.keys(messagesRequestSchema.shape))

export function readRequest(body: unknown, headers: CallerHeaders = {}): Outcome<ChatRequest, Fault> {
  const checked = checkRequest(body)
  if (!checked.ok) return checked
  const wire = checked.value
  const given = isRecord(body) ? body : {}
  if (given['thread']) return failed(threadFault())
  const { messages, unmapped } = readMessages(wire)
  const fields = Object.keys(given).filter((name) => !mapped.has(name) && given[name] !== null)
  const tools = (wire.tools ?? []).filter(isOwnTool)
  return done({
    dialect: 'anthropic',
    model: wire.model,
    messages,
    tools: tools.map(readTool),
    toolChoice: readToolChoice(wire.tool_choice),
    parallelToolCalls: wire.tool_choice?.disable_parallel_tool_use === true ? false : undefined,
    responseFormat: readFormat(wire),
    maxOutputTokens: wire.max_tokens,
    temperature: wire.temperature ?? undefined,
    topP: wire.top_p ?? undefined,
    topK: wire.top_k ?? undefined,
    stop: wire.stop_sequences ?? undefined,
    ...readThinking(wire),
    endUser: wire.metadata?.user_id ?? undefined,
    stream: wire.stream === true,
    streamUsage: true,
    body: given,
    headers: ownHeaders(headers),
    unmapped: [...fields, ...unmapped, ...toolFields(tools), ...serverTools(wire)],
  })
}

/** Each turn may go to another provider, so none can hold the conversation; clients then send it whole. */
const threadFault = () =>
  makeFault('invalid_request', 'thread: conversations are not held here, send all messages', {
    param: 'thread',
  })

/** The version and the beta features that the body is written for. */
function ownHeaders(headers: CallerHeaders): Readonly<Record<string, string>> {
  const named = ['anthropic-version', 'anthropic-beta'].flatMap((name) => {
    const value = headers[name]
    const text = typeof value === 'string' ? value : value?.join(',')
    return filled(text) === undefined ? [] : [[name, text]]
  })
  return Object.fromEntries(named)
}

type WireTool = NonNullable<WireRequest['tools']>[number]

/** Tools of Anthropic's own run at its servers and have no schema. */
const isOwnTool = ({ type }: WireTool) => type === undefined || type === null || type === 'custom'

const serverTools = ({ tools }: WireRequest) =>
  (tools ?? []).filter((tool) => !isOwnTool(tool)).map(({ type }) => `tools.${type}`)

const mappedOfTool = new Set(['type', 'name', 'description', 'input_schema', 'strict'])

function toolFields(tools: readonly WireTool[]): readonly string[] {
  const names = tools.flatMap((tool) =>
    Object.keys(tool).filter((name) => !mappedOfTool.has(name) && tool[name] !== null),
  )
  return [...new Set(names)].map((name) => `tools.${name}`)
}

function readTool({ name, description, input_schema, strict }: WireTool): Tool {
  return { name, description, parameters: input_schema, strict: strict ?? undefined }
}

function readToolChoice(choice: WireRequest['tool_choice']): ToolChoice | undefined {
  if (!choice) return undefined
  if (choice.type === 'any') return 'required'
  if (choice.type === 'tool') return choice.name === undefined ? 'required' : { name: choice.name }
  return choice.type
}

function readFormat({ output_config: config }: WireRequest): ChatRequest['responseFormat'] {
  const format = config?.format
  return format ? { kind: 'json_schema', name: 'output', schema: format.schema, strict: true } : undefined
}

function readThinking({ thinking, output_config: config }: WireRequest): {
  readonly reasoningBudgetTokens?: number
  readonly reasoningEffort?: ReasoningEffort
} {
  if (thinking?.type === 'enabled') return { reasoningBudgetTokens: thinking.budget_tokens }
  const effort = config?.effort === 'max' ? 'xhigh' : (config?.effort ?? undefined)
  if (thinking?.type === 'adaptive') return { reasoningEffort: effort ?? 'medium' }
  return {}
}
