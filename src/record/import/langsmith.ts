/** LangSmith's runs: as its SDKs send them, and as its exports hold them. */

import { idsOf } from '../../protocol/dotted-order.ts'
import type { RunUpdate, RunUsage } from '../../protocol/run.ts'
import { asList, asLoose, asText, at, filledIn, firstOf, type Loose } from './loose.ts'
import { readMessages } from './read-messages.ts'
import { readTime } from './read-time.ts'
import { readCost, readUsage } from './read-usage.ts'

/** One run as LangSmith writes it, whole or in part; undefined where nothing names it. */
export function readLangSmithRun(value: unknown): RunUpdate | undefined {
  const given = asLoose(value)
  if (given === undefined) return undefined
  const dottedOrder = asText(given['dotted_order'])
  const ids = dottedOrder === undefined ? undefined : idsOf(dottedOrder)
  const id = asText(given['id']) ?? ids?.at(-1)
  if (id === undefined) return undefined
  const extra = asLoose(given['extra'])
  const metadata = asLoose(extra?.['metadata'])
  const runType = asText(given['run_type'])
  return filledIn({
    id,
    source: 'langsmith' as const,
    traceId: asText(given['trace_id']) ?? ids?.[0],
    parentId: asText(given['parent_run_id']) ?? ids?.at(-2),
    dottedOrder,
    name: asText(given['name']),
    runType,
    startedAtMs: readTime(given['start_time']),
    endedAtMs: readTime(given['end_time']),
    firstTokenAtMs: readTime(given['first_token_time']) ?? firstToken(given['events']),
    error: asText(given['error']),
    ...payloads(given, runType),
    tools: toolsOf(given, extra),
    provider: asText(metadata?.['ls_provider']),
    model: modelOf(given, extra, metadata),
    usage: usageOf(given, metadata),
    project: asText(given['session_name']) ?? asText(given['project_name']),
    sessionId: firstOf(
      ...['session_id', 'thread_id', 'conversation_id'].map((name) => asText(metadata?.[name])),
    ),
    userId: asText(metadata?.['user_id']),
    tags: asList(given['tags'])?.filter((tag) => typeof tag === 'string'),
    metadata: metadataOf(metadata, asLoose(extra?.['invocation_params'])),
    events: asList(given['events']),
  })
}

/** How the model was asked stands beside the writer's own metadata; the tools have a place of their own. */
function metadataOf(metadata: Loose | undefined, asked: Loose | undefined): Loose | undefined {
  if (asked === undefined) return metadata && { ...metadata }
  const { tools: _, functions: __, messages: ___, ...settings } = asked
  return { ...metadata, invocation_params: settings }
}

function payloads(given: Loose, runType: string | undefined) {
  const inputs = given['inputs'] ?? undefined
  const outputs = given['outputs'] ?? undefined
  // A patch need not repeat the type; a mere text then stays a payload.
  const isModel = runType === 'llm'
  return {
    inputs,
    outputs,
    messages: {
      input: readMessages(inputs, isModel ? 'user' : undefined),
      output: readMessages(outputs, isModel ? 'assistant' : undefined),
    },
  }
}

function toolsOf(given: Loose, extra: Loose | undefined): readonly unknown[] | undefined {
  return firstOf(
    asList(at(extra, 'invocation_params', 'tools')),
    asList(at(given, 'inputs', 'tools')),
    asList(at(extra, 'metadata', 'tools')),
  )
}

function modelOf(given: Loose, extra: Loose | undefined, metadata: Loose | undefined): string | undefined {
  const asked = asLoose(extra?.['invocation_params'])
  return firstOf(
    asText(metadata?.['ls_model_name']),
    asText(asked?.['model']),
    asText(asked?.['model_name']),
    asText(at(given, 'inputs', 'model')),
    asText(at(given, 'outputs', 'model')),
  )
}

function usageOf(given: Loose, metadata: Loose | undefined): RunUsage | undefined {
  const outputs = asLoose(given['outputs'])
  const generation = asLoose([asList(outputs?.['generations'])].flat(2)[0])
  const usage = firstOf(
    readUsage(outputs?.['usage_metadata']),
    readUsage(metadata?.['usage_metadata']),
    readUsage(at(generation, 'message', 'kwargs', 'usage_metadata')),
    readUsage(at(outputs, 'llm_output', 'token_usage')),
    readUsage(at(outputs, 'llmOutput', 'tokenUsage')),
    readUsage(outputs?.['usage']),
    readUsage(given),
  )
  const costUsd = readCost(given['total_cost'])
  return usage || costUsd ? filledIn({ ...usage, costUsd }) : undefined
}

function firstToken(events: unknown): number | undefined {
  const event = asList(events)?.find((one) => asLoose(one)?.['name'] === 'new_token')
  return readTime(asLoose(event)?.['time'])
}

/**
 * The runs of an export or a batch: `{ post, patch }`, `{ runs }`, a list, one run, runs with `child_runs`.
 * Undefined where the value is none of these.
 */
export function readLangSmith(value: unknown): readonly RunUpdate[] | undefined {
  const given = asLoose(value)
  if (given === undefined) return asList(value) && readList(asList(value) ?? [])
  const { post, patch, runs } = given
  if (post !== undefined || patch !== undefined)
    return readList([...(asList(post) ?? []), ...(asList(patch) ?? [])])
  const around = { project_name: given['project_name'] ?? given['session_name'], trace_id: given['trace_id'] }
  if (asList(runs)) return readList((asList(runs) ?? []).map((run) => ({ ...around, ...present(run) })))
  return isRun(given) ? readList([given]) : undefined
}

/** Fields that hold something: an export writes `null` for what it does not know. */
const present = (run: unknown): Loose =>
  Object.fromEntries(Object.entries(asLoose(run) ?? {}).filter(([, value]) => value !== null))

const isRun = (given: Loose) => 'run_type' in given || 'dotted_order' in given || 'child_runs' in given

function readList(list: readonly unknown[]): readonly RunUpdate[] | undefined {
  const updates: RunUpdate[] = []
  const waiting = [...list].reverse()
  for (let run = waiting.pop(); run !== undefined; run = waiting.pop()) {
    const given = asLoose(run)
    const update = given && isKnown(given) ? readLangSmithRun(given) : undefined
    if (given === undefined || update === undefined) continue
    updates.push(update)
    for (const child of asList(given['child_runs']) ?? [])
      waiting.push({ trace_id: update.traceId ?? update.id, parent_run_id: update.id, ...present(child) })
  }
  return updates.length > 0 || list.length === 0 ? updates : undefined
}

const isKnown = (given: Loose) => isRun(given) || 'trace_id' in given || 'start_time' in given
