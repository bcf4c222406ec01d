/** A caller that believes nothing: it reads an answer to its last byte and says exactly what it was given. */

import { Agent, request } from 'undici'
import { createSseReader } from '../../src/gateway/transport/sse.ts'

export type CallerDialect = 'openai' | 'anthropic' | 'responses'

export interface Asked {
  readonly url: string
  readonly dialect: CallerDialect
  readonly model: string
  readonly stream: boolean
  readonly tools?: boolean
  readonly signal?: AbortSignal
}

export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly requestId: string
  readonly bytes: string
  readonly text: string
  readonly toolName: string
  readonly toolJson: string
  /** Finish reasons told, in order: more than one is a defect. */
  readonly finishes: readonly string[]
  /** The end marker of the dialect was the last thing. */
  readonly isEnded: boolean
  readonly hasUsage: boolean
  /** Error code, by envelope or in band. */
  readonly error: string | undefined
  readonly errorMessage: string
  /** What no strict client would accept. */
  readonly flaws: readonly string[]
  readonly tookMs: number
}

export interface Caller {
  ask(asked: Asked): Promise<Heard>
  close(): Promise<void>
}

const toolParameters = { type: 'object', properties: { city: { type: 'string' } } }

export function bodyOf({ dialect, model, stream, tools }: Asked): Record<string, unknown> {
  const common = { model, stream, messages: [{ role: 'user', content: 'Say the words.' }] }
  if (dialect === 'anthropic')
    return {
      ...common,
      max_tokens: 500,
      ...(tools ? { tools: [{ name: 'look_up_weather', input_schema: toolParameters }] } : {}),
    }
  const fn = { name: 'look_up_weather', parameters: toolParameters }
  if (dialect === 'responses')
    return {
      model,
      stream,
      input: 'Say the words.',
      ...(tools ? { tools: [{ type: 'function', ...fn }] } : {}),
    }
  return {
    ...common,
    ...(stream ? { stream_options: { include_usage: true } } : {}),
    ...(tools ? { tools: [{ type: 'function', function: fn }] } : {}),
  }
}

const paths: Readonly<Record<CallerDialect, string>> = {
  openai: '/v1/chat/completions',
  anthropic: '/v1/messages',
  responses: '/v1/responses',
}
export const pathOf = (dialect: CallerDialect) => paths[dialect]

export function openCaller(): Caller {
  const dispatcher = new Agent({ connections: 256, headersTimeout: 0, bodyTimeout: 0 })
  return {
    async ask(asked) {
      const startMs = performance.now()
      const answer = await request(asked.url + pathOf(asked.dialect), {
        method: 'POST',
        dispatcher,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(asked)),
        ...(asked.signal ? { signal: asked.signal } : {}),
      })
      const bytes = Buffer.from(await answer.body.arrayBuffer())
      const type = String(answer.headers['content-type'] ?? '')
      const told = type.includes('event-stream')
        ? readEvents(bytes, asked.dialect)
        : readWhole(bytes, asked.dialect)
      return {
        status: answer.statusCode,
        headers: answer.headers,
        requestId: String(answer.headers['x-request-id'] ?? ''),
        bytes: bytes.toString('utf8'),
        tookMs: performance.now() - startMs,
        ...told,
      }
    },
    close: () => dispatcher.destroy(),
  }
}

type Wire = Readonly<Record<string, unknown>>
type Told = Omit<Heard, 'status' | 'headers' | 'requestId' | 'bytes' | 'tookMs'>
type Open = { -readonly [Name in keyof Told]: Told[Name] } & { finishes: string[]; flaws: string[] }

const isWire = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const wire = (value: unknown): Wire => (isWire(value) ? value : {})
const listed = (value: unknown): readonly Wire[] => (Array.isArray(value) ? value.map(wire) : [])
const said = (value: unknown): string => (typeof value === 'string' ? value : '')

const nothing = (): Open => ({
  text: '',
  toolName: '',
  toolJson: '',
  finishes: [],
  isEnded: false,
  hasUsage: false,
  error: undefined,
  errorMessage: '',
  flaws: [],
})

function noteError(open: Open, body: Wire): void {
  const error = wire(body['error'])
  open.error = said(error['code']) || said(error['type']) || 'unnamed'
  open.errorMessage = said(error['message'])
}

function readWhole(bytes: Buffer, dialect: CallerDialect): Told {
  const open = nothing()
  let body: Wire
  try {
    body = wire(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch {
    return { ...open, flaws: ['the body is not JSON in UTF-8'] }
  }
  if (body['error'] !== undefined && body['error'] !== null) {
    noteError(open, body)
    return open
  }
  open.isEnded = true
  open.hasUsage = isWire(body['usage'])
  if (dialect === 'anthropic') {
    for (const block of listed(body['content'])) {
      open.text += said(block['text'])
      if (block['type'] !== 'tool_use') continue
      open.toolName += said(block['name'])
      open.toolJson += JSON.stringify(block['input'])
    }
    open.finishes.push(said(body['stop_reason']))
    return open
  }
  if (dialect === 'responses') {
    readOutput(open, body)
    return open
  }
  for (const choice of listed(body['choices'])) {
    const message = wire(choice['message'])
    open.text += said(message['content'])
    for (const call of listed(message['tool_calls'])) {
      open.toolName += said(wire(call['function'])['name'])
      open.toolJson += said(wire(call['function'])['arguments'])
    }
    open.finishes.push(said(choice['finish_reason']))
  }
  return open
}

function readEvents(bytes: Buffer, dialect: CallerDialect): Told {
  const open = nothing()
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    open.flaws.push('the stream is not UTF-8')
  }
  const sse = createSseReader()
  const events = [...sse.push(bytes), ...sse.end()]
  if (!/(\n\n|\r\n\r\n|\r\r)$/.test(bytes.toString('latin1')))
    open.flaws.push('the stream ends in the middle of an event')
  for (const { data } of events) {
    if (data === '') continue
    const isOver = open.isEnded || open.error !== undefined
    if (isOver && !data.includes('"type":"response.failed"'))
      open.flaws.push(`after the end: ${data.slice(0, 80)}`)
    if (dialect === 'openai' && data === '[DONE]') {
      open.isEnded = true
      continue
    }
    let body: Wire
    try {
      body = wire(JSON.parse(data))
    } catch {
      open.flaws.push(`an event is not JSON: ${data.slice(0, 80)}`)
      continue
    }
    readers[dialect](open, body)
  }
  return open
}

function readChunk(open: Open, body: Wire): void {
  if (body['error'] !== undefined) noteError(open, body)
  if (isWire(body['usage'])) open.hasUsage = true
  for (const choice of listed(body['choices'])) {
    const delta = wire(choice['delta'])
    if (open.finishes.length > 0) open.flaws.push('a choice goes on after its finish')
    open.text += said(delta['content'])
    for (const call of listed(delta['tool_calls'])) {
      open.toolName += said(wire(call['function'])['name'])
      open.toolJson += said(wire(call['function'])['arguments'])
    }
    if (typeof choice['finish_reason'] === 'string') open.finishes.push(choice['finish_reason'])
  }
}

function readEvent(open: Open, body: Wire): void {
  switch (body['type']) {
    case 'error':
      noteError(open, body)
      return
    case 'content_block_start': {
      const block = wire(body['content_block'])
      if (block['type'] === 'tool_use') open.toolName += said(block['name'])
      return
    }
    case 'content_block_delta': {
      const delta = wire(body['delta'])
      if (open.finishes.length > 0) open.flaws.push('a block goes on after the stop reason')
      open.text += said(delta['text'])
      open.toolJson += said(delta['partial_json'])
      return
    }
    case 'message_delta': {
      const reason = wire(body['delta'])['stop_reason']
      if (typeof reason === 'string') open.finishes.push(reason)
      if (isWire(body['usage'])) open.hasUsage = true
      return
    }
    case 'message_stop':
      open.isEnded = true
  }
}

/** What a whole answer in the Responses form says, streamed or not. */
function readOutput(open: Open, response: Wire): void {
  for (const item of listed(response['output'])) {
    for (const part of listed(item['content'])) open.text += said(part['text'])
    if (item['type'] !== 'function_call') continue
    open.toolName += said(item['name'])
    open.toolJson += said(item['arguments'])
  }
  open.hasUsage = isWire(response['usage'])
  open.finishes.push(said(response['status']))
}

function readResponsesEvent(open: Open, body: Wire): void {
  switch (body['type']) {
    case 'error':
      noteError(open, body)
      return
    case 'response.output_text.delta':
      open.text += said(body['delta'])
      return
    case 'response.function_call_arguments.delta':
      open.toolJson += said(body['delta'])
      return
    case 'response.function_call_arguments.done':
      // A call that came whole has no pieces.
      if (open.toolJson === '') open.toolJson = said(body['arguments'])
      return
    case 'response.completed': {
      // The last event repeats everything: it has to be what the deltas said.
      const whole = nothing()
      readOutput(whole, wire(body['response']))
      if (whole.text !== open.text) open.flaws.push('the deltas say something else than the whole')
      if (whole.toolJson !== open.toolJson) open.flaws.push('the deltas call something else than the whole')
      open.toolName = whole.toolName
      open.hasUsage = whole.hasUsage
      open.finishes.push(...whole.finishes)
      open.isEnded = true
    }
  }
}

const readers: Readonly<Record<CallerDialect, (open: Open, body: Wire) => void>> = {
  openai: readChunk,
  anthropic: readEvent,
  responses: readResponsesEvent,
}
