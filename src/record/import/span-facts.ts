/** What a span says of a run, in each of the conventions that agents and SDKs write. */

import type { RunMessage, RunUsage } from '../../protocol/run.ts'
import { langfuseTypes } from './langfuse.ts'
import {
  asList,
  asLoose,
  asNumber,
  asText,
  entryOf,
  filledIn,
  firstOf,
  type Loose,
  unpacked,
} from './loose.ts'
import { type Attributes, gather } from './otlp-attributes.ts'
import { readMessages } from './read-messages.ts'
import { readCost, readUsage } from './read-usage.ts'

export interface SpanEvent {
  readonly name: string
  readonly attributes: Attributes
}

export interface Span {
  readonly name: string
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
}

/** All optional: a convention says what it knows. */
export interface SpanFacts {
  readonly runType?: string
  readonly name?: string
  readonly inputs?: unknown
  readonly outputs?: unknown
  readonly input?: readonly RunMessage[]
  readonly output?: readonly RunMessage[]
  readonly provider?: string
  readonly model?: string
  readonly usage?: RunUsage
  readonly tools?: readonly unknown[]
  readonly sessionId?: string
  readonly userId?: string
  readonly project?: string
}

export type Convention = (span: Span) => SpanFacts

const textAt = ({ attributes }: Span, ...names: readonly string[]) =>
  firstOf(...names.map((name) => asText(attributes.get(name))))
const packedAt = ({ attributes }: Span, ...names: readonly string[]) => {
  const found = firstOf(...names.map((name) => attributes.get(name)))
  return found === undefined ? undefined : unpacked(found)
}
const said = (messages: readonly RunMessage[]) => (messages.length > 0 ? messages : undefined)
const counts = ({ attributes }: Span, names: Readonly<Record<string, string>>): RunUsage | undefined => {
  const given = Object.entries(names).map(([name, from]) => [name, asNumber(attributes.get(from))])
  const usage = filledIn(Object.fromEntries(given))
  return Object.keys(usage).length > 0 ? usage : undefined
}

const operations: Readonly<Record<string, string>> = {
  chat: 'llm',
  text_completion: 'llm',
  generate_content: 'llm',
  embeddings: 'embedding',
  execute_tool: 'tool',
  invoke_agent: 'chain',
  create_agent: 'chain',
  invoke_workflow: 'chain',
}

/** OpenTelemetry's GenAI conventions as they stand: messages in attributes. */
export const genAi: Convention = (span) => {
  const operation = textAt(span, 'gen_ai.operation.name')
  const system = packedAt(span, 'gen_ai.system_instructions')
  const input = packedAt(span, 'gen_ai.input.messages')
  const output = packedAt(span, 'gen_ai.output.messages')
  const toolName = textAt(span, 'gen_ai.tool.name')
  const instructed = asList(system)?.map((part) => ({ role: 'system', content: partsOf(part) }))
  return {
    runType: (operation && entryOf(operations, operation)) ?? (toolName ? 'tool' : undefined),
    name: toolName,
    inputs: input ?? packedAt(span, 'gen_ai.tool.call.arguments'),
    outputs: output ?? packedAt(span, 'gen_ai.tool.call.result'),
    input: said([...readMessages(instructed), ...readMessages(input)]),
    output: said(readMessages(output)),
    provider: textAt(span, 'gen_ai.provider.name', 'gen_ai.system'),
    model: textAt(span, 'gen_ai.response.model', 'gen_ai.request.model'),
    usage: counts(span, {
      input: 'gen_ai.usage.input_tokens',
      output: 'gen_ai.usage.output_tokens',
      cachedInput: 'gen_ai.usage.cache_read.input_tokens',
    }),
    tools: asList(packedAt(span, 'gen_ai.tool.definitions')),
    sessionId: textAt(span, 'gen_ai.conversation.id'),
  }
}

/** A part of the instructions is itself the content, or holds `parts`. */
const partsOf = (part: unknown) => asLoose(part)?.['parts'] ?? [part]

/** Their older form: one event a message. */
export const genAiEvents: Convention = ({ events }) => {
  const input: unknown[] = []
  const output: unknown[] = []
  for (const { name, attributes } of events) {
    const role = /^gen_ai\.(system|user|assistant|tool)\.message$/.exec(name)?.[1]
    const body: Loose = Object.fromEntries(
      [...attributes].map(([key, value]) => [key.replace(/^gen_ai\.event\./, ''), unpacked(value)]),
    )
    if (role) input.push({ role: body['role'] ?? role, ...body })
    else if (name === 'gen_ai.choice') output.push(choice(body))
    else if (name === 'gen_ai.content.prompt') input.push(body['gen_ai.prompt'])
    else if (name === 'gen_ai.content.completion') output.push(body['gen_ai.completion'])
  }
  return {
    input: said(readMessages(input, 'user')),
    output: said(readMessages(output, 'assistant')),
    usage: undefined,
  }
}

const choice = (body: Loose) => {
  const message = asLoose(body['message'])
  return message ? { role: 'assistant', ...message } : { role: 'assistant', ...body }
}

const traceloopKinds: Readonly<Record<string, string>> = {
  workflow: 'chain',
  task: 'chain',
  agent: 'chain',
  tool: 'tool',
}

/** OpenLLMetry's: messages spread over numbered attributes. */
export const traceloop: Convention = (span) => {
  const input = gather(span.attributes, 'gen_ai.prompt') ?? gather(span.attributes, 'llm.prompts')
  const output = gather(span.attributes, 'gen_ai.completion') ?? gather(span.attributes, 'llm.completions')
  const kind = textAt(span, 'traceloop.span.kind')
  const request = textAt(span, 'llm.request.type')
  const entered = packedAt(span, 'traceloop.entity.input')
  const left = packedAt(span, 'traceloop.entity.output')
  return {
    runType: (kind && entryOf(traceloopKinds, kind)) ?? (request || input ? 'llm' : undefined),
    name: textAt(span, 'traceloop.entity.name'),
    inputs: input ?? entered,
    outputs: output ?? left,
    input: said(readMessages(spread(input))) ?? said(readMessages(entered)),
    output: said(readMessages(spread(output), 'assistant')) ?? said(readMessages(left)),
    usage: counts(span, {
      input: 'gen_ai.usage.prompt_tokens',
      output: 'gen_ai.usage.completion_tokens',
      cachedInput: 'gen_ai.usage.cache_read_input_tokens',
    }),
    tools: asList(gather(span.attributes, 'llm.request.functions')),
    sessionId: textAt(span, 'traceloop.association.properties.session_id'),
    userId: textAt(span, 'traceloop.association.properties.user_id'),
  }
}

/** A completion without a role is the model's. */
function spread(list: unknown): unknown {
  return asList(list)?.map((one) => {
    const given = asLoose(one)
    return given && !('role' in given) && 'content' in given ? { role: 'assistant', ...given } : one
  })
}

/** OpenInference (Arize): kinds in capitals, messages spread over numbered attributes. */
export const openInference: Convention = (span) => {
  const kind = textAt(span, 'openinference.span.kind')?.toLowerCase()
  const inputs = packedAt(span, 'input.value')
  const outputs = packedAt(span, 'output.value')
  const input = readMessages(gather(span.attributes, 'llm.input_messages'))
  const output = readMessages(gather(span.attributes, 'llm.output_messages'))
  const isModel = kind === 'llm'
  const documents = asList(gather(span.attributes, 'retrieval.documents'))
  return {
    runType: kind && (entryOf(openInferenceKinds, kind) ?? kind),
    name: textAt(span, 'tool.name'),
    inputs: inputs ?? packedAt(span, 'tool.parameters', 'tool.input'),
    outputs: outputs ?? packedAt(span, 'tool.output') ?? documents,
    input: said(input) ?? said(readMessages(inputs, isModel ? 'user' : undefined)),
    output: said(output) ?? said(readMessages(outputs, isModel ? 'assistant' : undefined)),
    provider: textAt(span, 'llm.provider', 'llm.system'),
    model: textAt(span, 'llm.model_name', 'embedding.model_name'),
    usage: counts(span, {
      input: 'llm.token_count.prompt',
      output: 'llm.token_count.completion',
      cachedInput: 'llm.token_count.prompt_details.cache_read',
      reasoning: 'llm.token_count.completion_details.reasoning',
    }),
    tools: asList(gather(span.attributes, 'llm.tools')),
    sessionId: textAt(span, 'session.id'),
    userId: textAt(span, 'user.id'),
  }
}

const openInferenceKinds: Readonly<Record<string, string>> = {
  llm: 'llm',
  chain: 'chain',
  agent: 'chain',
  tool: 'tool',
  retriever: 'retriever',
  reranker: 'retriever',
  embedding: 'embedding',
  guardrail: 'chain',
  evaluator: 'chain',
  prompt: 'prompt',
}

/** The AI SDK's own attributes. */
export const vercelAi: Convention = (span) => {
  const operation = textAt(span, 'ai.operationId')
  const isCall = operation?.includes('.do') ?? false
  const input = packedAt(span, 'ai.prompt.messages', 'ai.prompt')
  const calls = packedAt(span, 'ai.response.toolCalls', 'ai.result.toolCalls')
  const text = textAt(span, 'ai.response.text', 'ai.result.text')
  const object = packedAt(span, 'ai.response.object', 'ai.result.object')
  const toolName = textAt(span, 'ai.toolCall.name')
  const output = [
    {
      role: 'assistant',
      content: text ?? (object === undefined ? '' : JSON.stringify(object)),
      tool_calls: calls,
    },
  ]
  const hasOutput = text !== undefined || calls !== undefined || object !== undefined
  return {
    runType: toolName ? 'tool' : isCall ? 'llm' : operation && 'chain',
    name: toolName,
    inputs: input ?? packedAt(span, 'ai.toolCall.args', 'ai.toolCall.input'),
    outputs: hasOutput
      ? filledIn({ text, toolCalls: calls, object })
      : packedAt(span, 'ai.toolCall.result', 'ai.toolCall.output'),
    input: said(readMessages(input, operation ? 'user' : undefined)),
    output: hasOutput ? said(readMessages(output)) : undefined,
    provider: textAt(span, 'ai.model.provider'),
    model: textAt(span, 'ai.response.model', 'ai.model.id'),
    usage:
      counts(span, { input: 'ai.usage.inputTokens', output: 'ai.usage.outputTokens' }) ??
      counts(span, { input: 'ai.usage.promptTokens', output: 'ai.usage.completionTokens' }),
    tools: asList(packedAt(span, 'ai.prompt.tools'))?.map(unpacked),
    sessionId: textAt(span, 'ai.telemetry.metadata.sessionId'),
    userId: textAt(span, 'ai.telemetry.metadata.userId'),
  }
}

/** Langfuse's SDK since its third version writes spans. */
export const langfuseSpan: Convention = (span) => {
  const type = textAt(span, 'langfuse.observation.type')?.toLowerCase()
  const runType = type && (entryOf(langfuseTypes, type) ?? type)
  const inputs = packedAt(span, 'langfuse.observation.input')
  const outputs = packedAt(span, 'langfuse.observation.output')
  const isModel = runType === 'llm'
  const usage = readUsage(packedAt(span, 'langfuse.observation.usage_details'))
  const costUsd = readCost(asLoose(packedAt(span, 'langfuse.observation.cost_details'))?.['total'])
  return {
    runType,
    inputs,
    outputs,
    input: said(readMessages(inputs, isModel ? 'user' : undefined)),
    output: said(readMessages(outputs, isModel ? 'assistant' : undefined)),
    model: textAt(span, 'langfuse.observation.model.name'),
    usage: usage || costUsd ? filledIn({ ...usage, costUsd }) : undefined,
    sessionId: textAt(span, 'langfuse.session.id', 'session.id'),
    userId: textAt(span, 'langfuse.user.id', 'user.id'),
  }
}

/** In the order of trust: the writer's own words first, the common conventions next. */
export const conventions: readonly Convention[] = [
  langfuseSpan,
  genAi,
  genAiEvents,
  vercelAi,
  openInference,
  traceloop,
]
