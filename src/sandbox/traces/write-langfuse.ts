/** Writes acts as a Langfuse export. */

import { type Act, type ActMessage, type ActPayload, isMessages } from './act.ts'
import { runIdOf, type TraceFrame } from './write-langsmith.ts'

const types = { llm: 'GENERATION', tool: 'TOOL', retriever: 'RETRIEVER', chain: 'SPAN' } as const

export function writeLangfuse(acts: readonly Act[], frame: TraceFrame): Readonly<Record<string, unknown>> {
  let ms = frame.startMs
  const observations = acts.map((act, at) => {
    const start = at === 0 ? frame.startMs : ms
    if (at > 0) ms += act.lastsMs
    return {
      id: runIdOf(at),
      traceId: frame.traceId,
      parentObservationId: at === 0 ? null : runIdOf(0),
      type: types[act.kind],
      name: act.name,
      startTime: new Date(start).toISOString(),
      endTime: new Date(start + act.lastsMs).toISOString(),
      level: act.error === undefined ? 'DEFAULT' : 'ERROR',
      statusMessage: act.error ?? null,
      input: side(act.input, act.tools),
      output: act.output === undefined ? null : outputOf(act),
      ...(act.tokens === undefined ? {} : { usageDetails: { input: act.tokens - 20, output: 20 } }),
    }
  })
  return { trace: { id: frame.traceId, projectId: frame.project }, observations }
}

function side(payload: ActPayload, tools?: readonly unknown[]): unknown {
  if (!isMessages(payload)) return payload
  const messages = payload.map(message)
  return tools ? { messages, tools } : messages
}

function outputOf({ output, finish }: Act): unknown {
  if (output === undefined || !isMessages(output)) return output
  const messages = output.map(message)
  return finish === undefined ? messages : { messages, finish_reason: finish }
}

const message = ({ role, text, calls = [], callId }: ActMessage) => ({
  role,
  content: text,
  ...(calls.length > 0
    ? {
        tool_calls: calls.map(({ id, name, args }) => ({
          id,
          type: 'function',
          function: { name, arguments: JSON.stringify(args) },
        })),
      }
    : {}),
  ...(callId === undefined ? {} : { tool_call_id: callId }),
})
