/** OpenAI chat-completions request → the shared form. */

import { done, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type { ChatRequest, ResponseFormat, Tool, ToolChoice } from '../../../protocol/chat.ts'
import type { Fault } from '../../../protocol/fault.ts'
import { readMessages } from './read-messages.ts'
import { checkedFields, checkRequest, type WireChatRequest } from './wire.ts'

export function readRequest(body: unknown): Outcome<ChatRequest, Fault> {
  const checked = checkRequest(body)
  if (!checked.ok) return checked
  const wire = checked.value
  const given = isRecord(body) ? body : {}
  const { messages, unmapped } = readMessages(wire.messages)
  const fields = Object.keys(given).filter((name) => !checkedFields.has(name) && given[name] !== null)
  return done({
    dialect: 'openai',
    model: wire.model,
    messages,
    tools: readTools(wire),
    toolChoice: readToolChoice(wire.tool_choice),
    responseFormat: readResponseFormat(wire.response_format),
    stream: wire.stream === true,
    streamUsage: wire.stream_options?.include_usage === true,
    body: given,
    unmapped: fields.length + unmapped.length === 0 ? unmapped : [...fields, ...unmapped],
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
  })
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
