/** Runs as OTLP spans with the GenAI conventions' attributes: pure. */

import type { Run, RunMessage } from '../../protocol/run.ts'
import { spanHex, traceHex } from './run-ids.ts'

interface Attribute {
  readonly key: string
  readonly value: object
}

/** The body of `POST /v1/traces`. */
export function runsToOtlp(
  runs: readonly Run[],
  service: { readonly name: string; readonly version: string },
): object {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: attributes({ 'service.name': service.name, 'service.version': service.version }),
        },
        scopeSpans: [{ scope: { name: 'adaptive-mind', version: service.version }, spans: runs.map(toSpan) }],
      },
    ],
  }
}

const operations: Readonly<Record<string, string>> = {
  llm: 'chat',
  tool: 'execute_tool',
  embedding: 'embeddings',
}
/** As OTLP counts them. */
const [internalKind, clientKind] = [1, 3]
const [okStatus, errorStatus] = [1, 2]

function toSpan(run: Run): object {
  const { traceId, id, parentId, name, runType, startedAtMs = 0, endedAtMs = startedAtMs, error } = run
  const firstToken = run.firstTokenAtMs
  return {
    traceId: traceHex(traceId),
    spanId: spanHex(traceId, id),
    ...(parentId === undefined ? {} : { parentSpanId: spanHex(traceId, parentId) }),
    name: runType === 'llm' ? `chat ${run.model ?? name}` : name,
    kind: runType === 'llm' ? clientKind : internalKind,
    startTimeUnixNano: nanos(startedAtMs),
    endTimeUnixNano: nanos(endedAtMs),
    attributes: attributes({ ...genAi(run), ...ours(run) }),
    ...(firstToken === undefined
      ? {}
      : { events: [{ name: 'gen_ai.first_token', timeUnixNano: nanos(firstToken), attributes: [] }] }),
    status: error === undefined ? { code: okStatus } : { code: errorStatus, message: error },
  }
}

/** Without floating point: a double cannot hold nanoseconds since 1970. */
function nanos(ms: number): string {
  const whole = Math.floor(ms)
  return (BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6))).toString()
}

function genAi(run: Run): Readonly<Record<string, unknown>> {
  const { provider, model, usage, messages, sessionId, runType } = run
  return {
    'gen_ai.operation.name': operations[runType],
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': runType === 'llm' ? model : undefined,
    'gen_ai.response.model': runType === 'llm' ? model : undefined,
    'gen_ai.usage.input_tokens': usage?.input,
    'gen_ai.usage.output_tokens': usage?.output,
    'gen_ai.conversation.id': sessionId,
    'gen_ai.input.messages':
      messages.input.length > 0 ? JSON.stringify(messages.input.map(toMessage)) : undefined,
    'gen_ai.output.messages':
      messages.output.length > 0 ? JSON.stringify(messages.output.map(toMessage)) : undefined,
    'error.type': run.error?.split(':')[0],
  }
}

/** The model that answered in the end stands with the whole request under our own name: no model was called there. */
function ours({ usage, metadata, userId, runType, model }: Run): Readonly<Record<string, unknown>> {
  const plain = Object.entries(metadata).flatMap(([name, value]) => {
    const isPlain = ['string', 'number', 'boolean'].includes(typeof value)
    return [[`adaptive_mind.${name}`, isPlain ? value : JSON.stringify(value)]]
  })
  return {
    ...Object.fromEntries(plain),
    'adaptive_mind.cost_usd': usage?.costUsd,
    'adaptive_mind.model': runType === 'llm' ? undefined : model,
    'user.id': userId,
  }
}

function toMessage({ role, text, name, toolCallId, toolCalls = [] }: RunMessage): object {
  const said = text === '' ? [] : [{ type: 'text', content: text }]
  const parts =
    role === 'tool'
      ? [{ type: 'tool_call_response', id: toolCallId, response: text }]
      : [...said, ...toolCalls.map((call) => ({ type: 'tool_call', ...call }))]
  return { role, ...(name ? { name } : {}), parts }
}

function attributes(values: Readonly<Record<string, unknown>>): readonly Attribute[] {
  return Object.entries(values).flatMap(([key, value]): Attribute[] => {
    if (value === undefined || value === null) return []
    if (typeof value === 'boolean') return [{ key, value: { boolValue: value } }]
    if (typeof value === 'number')
      return [{ key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } }]
    return [{ key, value: { stringValue: String(value) } }]
  })
}
