/** Reads the content of one message: texts, tool calls, tool results and media, in any library's parts. */

import type { RunToolCall } from '../../protocol/run.ts'
import { asList, asLoose, asText, firstOf, type Loose, written } from './loose.ts'

export interface ToolResult {
  readonly toolCallId?: string
  readonly name?: string
  readonly text: string
}

export interface Content {
  readonly texts: string[]
  readonly reasoning: string[]
  readonly toolCalls: RunToolCall[]
  readonly results: ToolResult[]
  readonly media: string[]
}

export const emptyContent = (): Content => ({
  texts: [],
  reasoning: [],
  toolCalls: [],
  results: [],
  media: [],
})

/** Content as a text, a list of parts, or one part. */
export function readContent(value: unknown, into: Content = emptyContent()): Content {
  if (typeof value === 'string') into.texts.push(value)
  else if (Array.isArray(value)) for (const part of value) readPart(part, into)
  else if (value !== undefined && value !== null) readPart(value, into)
  return into
}

type PartReader = (part: Loose, into: Content) => void

const text =
  (...names: readonly string[]): PartReader =>
  (part, into) =>
    void into.texts.push(written(firstOf(...names.map((name) => part[name] ?? undefined))))
const thought: PartReader = (part, into) =>
  void into.reasoning.push(written(firstOf(part['thinking'], part['text'], part['content'], part['summary'])))
const call: PartReader = (part, into) => {
  const read = readToolCall(part)
  if (read) into.toolCalls.push(read)
}
const result: PartReader = (part, into) => void into.results.push(readResult(part))
const media =
  (kind: string): PartReader =>
  (_part, into) =>
    void into.media.push(kind)

/** By the part's `type`. */
const partReaders: Readonly<Record<string, PartReader>> = {
  text: text('text', 'content'),
  input_text: text('text'),
  output_text: text('text'),
  summary_text: text('text'),
  refusal: text('refusal'),
  reasoning: thought,
  thinking: thought,
  redacted_thinking: () => {},
  tool_use: call,
  server_tool_use: call,
  tool_call: call,
  'tool-call': call,
  function_call: call,
  tool_result: result,
  tool_call_response: result,
  'tool-result': result,
  function_call_output: result,
  image: media('image'),
  image_url: media('image'),
  input_image: media('image'),
  file: media('file'),
  input_file: media('file'),
  document: media('file'),
  audio: media('audio'),
  input_audio: media('audio'),
  video: media('video'),
  media: media('file'),
  blob: media('file'),
  uri: media('file'),
}

/** By the one field that tells a part without `type`: Gemini's, OpenInference's. */
const fieldReaders: readonly [field: string, read: PartReader][] = [
  ['message_content', (part, into) => readPart(part['message_content'], into)],
  ['function_call', (part, into) => call(asLoose(part['function_call']) ?? {}, into)],
  ['functionCall', (part, into) => call(asLoose(part['functionCall']) ?? {}, into)],
  ['function_response', (part, into) => geminiResponse(part['function_response'], into)],
  ['functionResponse', (part, into) => geminiResponse(part['functionResponse'], into)],
  ['inline_data', media('file')],
  ['inlineData', media('file')],
  ['file_data', media('file')],
  ['fileData', media('file')],
  ['text', (part, into) => (part['thought'] === true ? thought : text('text'))(part, into)],
]

/** A response that stands in a user turn stays there: its text is the response itself. */
function geminiResponse(value: unknown, into: Content): void {
  into.texts.push(written(asLoose(value)?.['response'] ?? value))
}

function readPart(value: unknown, into: Content): void {
  if (typeof value === 'string') into.texts.push(value)
  const part = asLoose(value)
  if (part === undefined) return
  const type = asText(part['type'])
  const byType = type !== undefined && Object.hasOwn(partReaders, type) ? partReaders[type] : undefined
  const byField = fieldReaders.find(([field]) => part[field] !== undefined && part[field] !== null)?.[1]
  const read = byType ?? byField
  if (read) read(part, into)
  else into.texts.push(written(part))
}

function readResult(part: Loose): ToolResult {
  const id = asText(part['tool_use_id']) ?? asText(part['toolCallId']) ?? asText(part['call_id'])
  const name = asText(part['toolName']) ?? asText(part['name'])
  const given = firstOf(part['content'], part['response'], part['result'], part['output'])
  const output = asLoose(given)
  // Vercel wraps results: `{ type: 'text' | 'json', value }`.
  const inner = output && 'value' in output && 'type' in output ? output['value'] : given
  const isParts = Array.isArray(inner) && inner.every((one) => typeof asLoose(one)?.['type'] === 'string')
  return {
    text: isParts ? readContent(inner).texts.join('\n') : written(inner),
    ...((id ?? asText(part['id'])) ? { toolCallId: id ?? asText(part['id']) } : {}),
    ...(name ? { name } : {}),
  }
}

/** A call in OpenAI's, Anthropic's, LangChain's, Gemini's, Vercel's, OpenInference's or the GenAI conventions' form. */
export function readToolCall(value: unknown): RunToolCall | undefined {
  const given = asLoose(asLoose(value)?.['tool_call']) ?? asLoose(value)
  if (given === undefined) return undefined
  const inner = asLoose(given['function']) ?? given
  const name = asText(inner['name']) ?? asText(given['toolName']) ?? asText(given['tool_name'])
  if (name === undefined) return undefined
  const id = asText(given['id']) ?? asText(given['toolCallId']) ?? asText(given['call_id'])
  const said = firstOf(inner['arguments'], inner['args'], inner['input'], inner['parameters'])
  return { ...(id ? { id } : {}), name, arguments: written(said) || '{}' }
}

export function readToolCalls(value: unknown): readonly RunToolCall[] {
  return (asList(value) ?? []).flatMap((one) => readToolCall(one) ?? [])
}
