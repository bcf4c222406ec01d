/** Runs in LangSmith's own form: pure. */

import { dottedStep } from '../../protocol/dotted-order.ts'
import type { Run, RunMessage } from '../../protocol/run.ts'
import { orderRuns } from '../../protocol/run-tree.ts'
import { uuidOf } from './run-ids.ts'

/** A run as `POST /runs` takes it. */
export interface LangSmithRun {
  readonly id: string
  readonly trace_id: string
  readonly dotted_order: string
  readonly parent_run_id?: string
  readonly name: string
  readonly run_type: string
  readonly start_time: string
  readonly end_time?: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly outputs?: Readonly<Record<string, unknown>>
  readonly error?: string
  readonly extra: { readonly metadata: Readonly<Record<string, unknown>> }
  readonly tags: string[]
}

/** The runs of one trace, parents first; its ids become UUIDs, for LangSmith takes no others. */
export function runsToLangSmith(runs: readonly Run[]): readonly LangSmithRun[] {
  const orders = new Map<string, string>()
  const root = orderRuns(runs).placed[0]?.node
  return orderRuns(runs).placed.map(({ node: run }) => {
    const id = uuidOf(run.traceId, run.id)
    const above = run.parentId === undefined ? undefined : orders.get(run.parentId)
    const step = dottedStep(run.startedAtMs ?? 0, id)
    const order = above === undefined ? step : `${above}.${step}`
    orders.set(run.id, order)
    const traceId = uuidOf(run.traceId, root?.id ?? run.id)
    return toRun(run, {
      id,
      traceId,
      order,
      ...(above && run.parentId ? { parentId: uuidOf(run.traceId, run.parentId) } : {}),
    })
  })
}

interface Place {
  readonly id: string
  readonly traceId: string
  readonly order: string
  readonly parentId?: string
}

function toRun(run: Run, { id, traceId, order, parentId }: Place): LangSmithRun {
  const { startedAtMs = 0, endedAtMs, messages, provider, model, sessionId, usage } = run
  return {
    id,
    trace_id: traceId,
    dotted_order: order,
    ...(parentId === undefined ? {} : { parent_run_id: parentId }),
    name: run.name,
    run_type: run.runType,
    start_time: isoOf(startedAtMs),
    ...(endedAtMs === undefined ? {} : { end_time: isoOf(endedAtMs) }),
    inputs: { messages: messages.input.map(toMessage) },
    outputs: {
      messages: messages.output.map(toMessage),
      ...(usage ? { usage_metadata: usageOf(usage) } : {}),
    },
    ...(run.error === undefined ? {} : { error: run.error }),
    extra: {
      metadata: {
        ...run.metadata,
        ...(provider ? { ls_provider: provider } : {}),
        ...(model ? { ls_model_name: model } : {}),
        ...(sessionId ? { session_id: sessionId } : {}),
      },
    },
    tags: [...run.tags],
  }
}

const isoOf = (ms: number) => new Date(ms).toISOString()

const usageOf = ({ input = 0, output = 0 }: NonNullable<Run['usage']>) => ({
  input_tokens: input,
  output_tokens: output,
  total_tokens: input + output,
})

function toMessage({ role, text, name, toolCallId, toolCalls }: RunMessage): object {
  return {
    role,
    content: text,
    ...(name ? { name } : {}),
    ...(toolCallId ? { tool_call_id: toolCallId } : {}),
    ...(toolCalls
      ? {
          tool_calls: toolCalls.map(({ id, name: called, arguments: given }) => ({
            id,
            type: 'function',
            function: { name: called, arguments: given },
          })),
        }
      : {}),
  }
}
