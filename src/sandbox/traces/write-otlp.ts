/** Writes acts as OTLP spans: OpenTelemetry's GenAI conventions for models and tools, OpenInference's kind for steps. */

import { type Act, type ActMessage, type ActPayload, isMessages } from './act.ts'
import { runIdOf, type TraceFrame } from './write-langsmith.ts'

type Attributes = Readonly<Record<string, string | number | undefined>>

export function writeOtlp(acts: readonly Act[], frame: TraceFrame): Readonly<Record<string, unknown>> {
  let ms = frame.startMs
  const spans = acts.map((act, at) => {
    const start = at === 0 ? frame.startMs : ms
    if (at > 0) ms += act.lastsMs
    return {
      traceId: frame.traceId,
      spanId: runIdOf(at),
      parentSpanId: at === 0 ? '' : runIdOf(0),
      name: act.name,
      startTimeUnixNano: `${start}000000`,
      endTimeUnixNano: `${start + act.lastsMs}000000`,
      status: act.error === undefined ? { code: 1 } : { code: 2, message: act.error },
      attributes: pairs(act.kind === 'llm' ? ofModel(act) : act.kind === 'tool' ? ofTool(act) : ofStep(act)),
    }
  })
  const resource = { attributes: pairs({ 'service.name': frame.project }) }
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'synthetic' }, spans }] }] }
}

function ofModel({ input, output, tokens, tools, finish }: Act): Attributes {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'synthetic',
    'gen_ai.input.messages': json(input),
    ...(output && isMessages(output)
      ? { 'gen_ai.output.messages': json(output, finish) }
      : { 'output.value': output && JSON.stringify(output) }),
    'gen_ai.tool.definitions': tools && JSON.stringify(tools),
    'gen_ai.usage.input_tokens': tokens === undefined ? undefined : tokens - 20,
    'gen_ai.usage.output_tokens': tokens === undefined ? undefined : 20,
  }
}

const ofTool = ({ name, input, output }: Act): Attributes => ({
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': name,
  'gen_ai.tool.call.arguments': json(input),
  'gen_ai.tool.call.result':
    output && (isMessages(output) ? output.map(({ text }) => text).join('\n') : json(output)),
})

const ofStep = ({ kind, input, output }: Act): Attributes => ({
  'openinference.span.kind': kind.toUpperCase(),
  'input.value': json(input),
  'output.value': output && json(output),
})

const json = (payload: ActPayload, finish?: string) =>
  JSON.stringify(isMessages(payload) ? payload.map((one) => message(one, finish)) : payload)

function message({ role, text, calls = [], callId }: ActMessage, finish: string | undefined) {
  const parts =
    callId === undefined
      ? [
          ...(text === '' && calls.length > 0 ? [] : [{ type: 'text', content: text }]),
          ...calls.map(({ id, name, args }) => ({ type: 'tool_call', id, name, arguments: args })),
        ]
      : [{ type: 'tool_call_response', id: callId, response: text }]
  return { role, parts, ...(finish === undefined ? {} : { finish_reason: finish }) }
}

const pairs = (attributes: Attributes) =>
  Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [{ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } }],
  )
