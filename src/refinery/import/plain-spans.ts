/** Spans that were written as plain JSON, with attributes as a record: `{spans: [{name, span_id, attributes}]}`. */

import type { Run } from '../../protocol/run.ts'
import { asList, asLoose, asText, type Loose } from '../../record/import/loose.ts'
import { readTime } from '../../record/import/read-time.ts'

export function plainSpanRuns(value: unknown): readonly Run[] | undefined {
  const spans = asList(asLoose(value)?.['spans'])?.map(asLoose)
  if (!spans || spans.length === 0) return undefined
  if (!spans.every((span) => asText(span?.['span_id']) !== undefined)) return undefined
  return spans.map((span) => toRun(span ?? {}))
}

function toRun(span: Loose): Run {
  const attributes = asLoose(span['attributes']) ?? {}
  const error = errorOf(span)
  const parentId = asText(span['parent_span_id'])
  const endedAtMs = timeOf(span, 'end')
  const startedAtMs = timeOf(span, 'start')
  return {
    id: asText(span['span_id']) ?? '',
    traceId: asText(span['trace_id']) ?? 'trace',
    name:
      asText(attributes['gen_ai.agent.name']) ??
      asText(attributes['agent.name']) ??
      asText(span['name']) ??
      'span',
    runType: typeOf(asText(span['name']) ?? '', attributes),
    status: error === undefined ? 'success' : 'error',
    source: 'otlp',
    inputs: sideOf(attributes, inputWords),
    outputs: sideOf(attributes, outputWords),
    messages: { input: [], output: [] },
    tags: [],
    metadata: attributes,
    ...(parentId ? { parentId } : {}),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(error ? { error } : {}),
  }
}

function typeOf(name: string, attributes: Loose): string {
  if (/^tool\b/i.test(name)) return 'tool'
  return 'gen_ai.request.model' in attributes ? 'llm' : 'chain'
}

const inputWords = /(input|prompt|request|args|arguments)(_json|_message|_messages|\.value)?$/
const outputWords =
  /(output|completion|response|result|plan|reason|query)(_json|_message|_messages|\.value|\.text)?$/

/** Attributes whose last word says that they went in, or came out. */
function sideOf(attributes: Loose, words: RegExp): Loose {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name, held]) => words.test(name) && !/usage|token|model/.test(name) && held !== '',
    ),
  )
}

function timeOf(span: Loose, side: 'start' | 'end'): number | undefined {
  const nanos = span[`${side}_time_unix_ns`] ?? span[`${side}_time_unix_nano`]
  return typeof nanos === 'number' ? nanos / 1e6 : readTime(span[`${side}_time`])
}

function errorOf(span: Loose): string | undefined {
  const status = asLoose(span['status']) ?? {}
  if (status['status_code'] !== 'ERROR' && status['code'] !== 'ERROR') return undefined
  const thrown = (asList(span['events']) ?? [])
    .map((event) => asLoose(asLoose(event)?.['attributes']))
    .find((held) => asText(held?.['exception.message']) !== undefined)
  return asText(thrown?.['exception.message']) ?? asText(status['description']) ?? 'failed'
}
