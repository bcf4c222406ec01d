/** OpenTelemetry's traces in their JSON form: spans become runs. */

import type { RunUpdate } from '../../protocol/run.ts'
import { asList, asLoose, asText, filledIn, type Loose } from './loose.ts'
import { type Attributes, readAttributes } from './otlp-attributes.ts'
import { readTime } from './read-time.ts'
import { conventions, type Span, type SpanEvent, type SpanFacts } from './span-facts.ts'

/** The spans of `{ resourceSpans }`; undefined where the value is no such thing. */
export function readOtlp(value: unknown): readonly RunUpdate[] | undefined {
  const resources = asList(asLoose(value)?.['resourceSpans'])
  if (resources === undefined) return undefined
  return resources.flatMap((one) => {
    const resource = asLoose(one) ?? {}
    const about = readAttributes(asLoose(resource['resource'])?.['attributes'])
    const scopes = asList(resource['scopeSpans']) ?? asList(resource['instrumentationLibrarySpans']) ?? []
    return scopes.flatMap((scope) => {
      const scopeName = asText(asLoose(asLoose(scope)?.['scope'])?.['name'])
      const spans = asList(asLoose(scope)?.['spans']) ?? []
      return spans.flatMap((span) => readSpan(asLoose(span) ?? {}, about, scopeName) ?? [])
    })
  })
}

function readSpan(given: Loose, about: Attributes, scope: string | undefined): RunUpdate | undefined {
  const id = asText(given['spanId'])
  const traceId = asText(given['traceId'])
  if (id === undefined || traceId === undefined) return undefined
  const span: Span = {
    name: asText(given['name']) ?? 'span',
    attributes: readAttributes(given['attributes']),
    events: (asList(given['events']) ?? []).map(readEvent),
  }
  const facts = joinFacts(span)
  const { input = [], output = [], runType, name, ...rest } = facts
  const service = asText(about.get('service.name'))
  return filledIn({
    ...rest,
    id,
    traceId,
    source: 'otlp' as const,
    parentId: asText(given['parentSpanId']),
    name: span.name,
    runType: runType ?? typeOf(facts, span),
    startedAtMs: readTime(given['startTimeUnixNano']),
    endedAtMs: readTime(given['endTimeUnixNano']),
    firstTokenAtMs: firstToken(given['events']),
    error: errorOf(given, span.events),
    messages: { input, output },
    project: rest.project ?? service,
    metadata: metadataOf(span, { service, scope, toolName: name }),
  })
}

function joinFacts(span: Span): SpanFacts {
  const all = conventions.map((convention) => filledIn(convention(span)))
  return Object.assign({}, ...all.reverse())
}

/** A span of no convention's kind: a model's where one is named, a tool's by its name, else a step. */
function typeOf({ model, name }: SpanFacts, span: Span): string {
  if (span.attributes.has('db.system')) return 'tool'
  if (name !== undefined) return 'tool'
  return model !== undefined ? 'llm' : 'chain'
}

const readEvent = (value: unknown): SpanEvent => ({
  name: asText(asLoose(value)?.['name']) ?? '',
  attributes: readAttributes(asLoose(value)?.['attributes']),
})

function firstToken(events: unknown): number | undefined {
  const found = asList(events)?.find((one) => {
    const name = asText(asLoose(one)?.['name'])
    return name === 'ai.stream.firstChunk' || name === 'gen_ai.first_token'
  })
  return readTime(asLoose(found)?.['timeUnixNano'])
}

function errorOf(given: Loose, events: readonly SpanEvent[]): string | undefined {
  const status = asLoose(given['status'])
  const failed = status?.['code'] === 2 || status?.['code'] === 'STATUS_CODE_ERROR'
  if (!failed) return undefined
  const thrown = events.find(({ name }) => name === 'exception')?.attributes
  const exception = [asText(thrown?.get('exception.type')), asText(thrown?.get('exception.message'))]
  const told = exception.filter((part) => part !== undefined).join(': ')
  return asText(status?.['message']) ?? (told || 'error')
}

/** Attributes that are payloads stand in the payloads and not a second time here. */
const payloadNames =
  /^(gen_ai\.(prompt|completion|input\.messages|output\.messages|system_instructions|tool\.definitions|tool\.call\.(arguments|result))|llm\.(input_messages|output_messages|prompts|completions|request\.functions|tools)|input\.value|output\.value|ai\.(prompt|response\.(text|toolCalls|object)|result\.|toolCall\.(args|result|input|output))|langfuse\.observation\.(input|output)|traceloop\.entity\.(input|output)|retrieval\.documents)/

function metadataOf({ attributes }: Span, more: Readonly<Record<string, unknown>>): Loose {
  return {
    ...Object.fromEntries([...attributes].filter(([name]) => !payloadNames.test(name))),
    ...filledIn(more),
  }
}
