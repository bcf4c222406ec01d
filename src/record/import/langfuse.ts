/** Langfuse's traces: an export with its observations. */

import type { RunMessage, RunRole, RunUpdate } from '../../protocol/run.ts'
import { asList, asLoose, asText, entryOf, filledIn, firstOf, type Loose, unpacked } from './loose.ts'
import { readMessages } from './read-messages.ts'
import { readTime } from './read-time.ts'
import { readCost, readUsage } from './read-usage.ts'

/** Langfuse's words for LangSmith's types; others are kept in small letters. */
export const langfuseTypes: Readonly<Record<string, string>> = {
  generation: 'llm',
  span: 'chain',
  agent: 'chain',
  chain: 'chain',
  tool: 'tool',
  retriever: 'retriever',
  embedding: 'embedding',
  evaluator: 'chain',
  guardrail: 'chain',
}

/** `{ trace, observations }` or a trace that holds its observations; undefined where the value is neither. */
export function readLangfuse(value: unknown): readonly RunUpdate[] | undefined {
  const given = asLoose(value)
  const observations = asList(given?.['observations']) ?? asList(asLoose(given?.['trace'])?.['observations'])
  if (given === undefined || observations === undefined) return undefined
  const trace = asLoose(given['trace']) ?? given
  return observations.flatMap((one) => readObservation(asLoose(one) ?? {}, trace) ?? [])
}

function readObservation(given: Loose, trace: Loose): RunUpdate | undefined {
  const id = asText(given['id'])
  if (id === undefined) return undefined
  const word = (asText(given['type']) ?? 'SPAN').toLowerCase()
  const runType = entryOf(langfuseTypes, word) ?? word
  const inputs = unpacked(given['input'] ?? undefined)
  const outputs = unpacked(given['output'] ?? undefined)
  return filledIn({
    id,
    source: 'langfuse' as const,
    traceId: asText(given['traceId']) ?? asText(trace['id']),
    parentId: asText(given['parentObservationId']),
    name: asText(given['name']),
    runType,
    startedAtMs: readTime(given['startTime']),
    endedAtMs: readTime(given['endTime']) ?? (runType === 'event' ? readTime(given['startTime']) : undefined),
    firstTokenAtMs: readTime(given['completionStartTime']),
    error: given['level'] === 'ERROR' ? (asText(given['statusMessage']) ?? 'error') : undefined,
    inputs,
    outputs,
    messages: { input: side(inputs, runType, 'user'), output: side(outputs, runType, 'assistant') },
    tools: asList(asLoose(inputs)?.['tools']),
    model: asText(given['model']),
    usage: usageOf(given),
    project: asText(given['projectId']) ?? asText(trace['projectId']),
    sessionId: asText(trace['sessionId']),
    userId: asText(trace['userId']),
    tags: asList(trace['tags'])?.filter((tag) => typeof tag === 'string'),
    metadata: metadataOf(given),
  })
}

/** How the model was asked stands beside the writer's own metadata. */
function metadataOf(given: Loose): Loose | undefined {
  const metadata = asLoose(unpacked(given['metadata']))
  const asked = asLoose(unpacked(given['modelParameters']))
  return asked && Object.keys(asked).length > 0 ? { ...metadata, modelParameters: asked } : metadata
}

/** Only a model's mere text is taken for something said. */
function side(value: unknown, runType: string, speaker: RunRole): readonly RunMessage[] {
  return readMessages(value, runType === 'llm' ? speaker : undefined)
}

function usageOf(given: Loose) {
  const counted = {
    input: given['inputUsage'] || undefined,
    output: given['outputUsage'] || undefined,
  }
  const usage = firstOf(readUsage(given['usageDetails']), readUsage(given['usage']), readUsage(counted))
  const costUsd = readCost(given['totalCost'] ?? given['calculatedTotalCost'])
  return usage || costUsd ? filledIn({ ...usage, costUsd }) : undefined
}
