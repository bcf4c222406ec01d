/** The one right answer of every fault test, 60 words and a tool call, in each provider's wire form. */

const odd = [
  '"quoted"',
  '日本語の文',
  '🙂🚀',
  'naïve',
  "it's",
  'back\\slash',
  'ctrl\u0001',
  '𝒳²',
  '</b>',
  '&amp;',
]
/** 60 words; every sixth is hard to carry. */
export const words: readonly string[] = Array.from({ length: 60 }, (_, at) =>
  at % 6 === 5 ? `${odd[(at - 5) / 6]}` : `word${at + 1}`,
)
export const text = words.join(' ')
export const tool = {
  name: 'look_up_weather',
  arguments: { city: 'Zürich 東京 🙂', days: 3, note: 'say "hi"\n\\' },
}
export const usage = { input: 11, output: 77 }

/** A stream in pieces, so that a fault can be put between any two. */
export interface StreamForm {
  /** Preamble: nothing a caller would see. */
  readonly head: readonly string[]
  readonly words: readonly string[]
  /** From the finish to the terminator. */
  readonly tail: readonly string[]
}

export interface WireForm {
  /** The whole answer as the provider's JSON. */
  whole(said?: string): Record<string, unknown>
  stream(said?: readonly string[]): StreamForm
  toolWhole(): Record<string, unknown>
  toolStream(): StreamForm
  /** An error in the provider's envelope. */
  error(status: number, message: string, code?: string): Record<string, unknown>
  /** The same in the middle of a stream. */
  errorEvent(status: number, message: string): string
  /** A sign of life without content. */
  readonly ping: string
}

const piecesOf = (said: readonly string[]) =>
  said.map((word, at) => (at < said.length - 1 ? `${word} ` : word))
const data = (body: object) => `data: ${JSON.stringify(body)}\n\n`
const json = JSON.stringify(tool.arguments)
const jsonPieces = [json.slice(0, 9), json.slice(9, 30), json.slice(30)]

const openaiUsage = {
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
}
const openaiHead = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm' }
export const openaiChunk = (delta: object, finish: string | null = null) =>
  data({
    ...openaiHead,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
const openaiTail = (finish: string) => [
  openaiChunk({}, finish),
  data({ ...openaiHead, object: 'chat.completion.chunk', choices: [], usage: openaiUsage }),
  'data: [DONE]\n\n',
]
const openaiWhole = (message: object, finish: string) => ({
  ...openaiHead,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
  usage: openaiUsage,
})
const openaiCall = { id: 'call_1', type: 'function' }
const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  529: 'overloaded_error',
}
const errorType = (status: number) => errorTypes[status] ?? 'api_error'

const openai: WireForm = {
  whole: (said = text) => openaiWhole({ content: said }, 'stop'),
  stream: (said = words) => ({
    head: [openaiChunk({ role: 'assistant', content: '' })],
    words: piecesOf(said).map((content) => openaiChunk({ content })),
    tail: openaiTail('stop'),
  }),
  toolWhole: () =>
    openaiWhole(
      { content: null, tool_calls: [{ ...openaiCall, function: { name: tool.name, arguments: json } }] },
      'tool_calls',
    ),
  toolStream: () => ({
    head: [openaiChunk({ role: 'assistant', content: null })],
    words: [
      openaiChunk({
        tool_calls: [{ index: 0, ...openaiCall, function: { name: tool.name, arguments: '' } }],
      }),
      ...jsonPieces.map((piece) =>
        openaiChunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }),
      ),
    ],
    tail: openaiTail('tool_calls'),
  }),
  error: (status, message, code) => ({
    error: {
      message,
      type: status >= 500 ? 'server_error' : errorType(status),
      code: code ?? null,
      param: null,
    },
  }),
  errorEvent: (status, message) => data(openai.error(status, message)),
  ping: ': ping\n\n',
}

const named = (type: string, body: object) => `event: ${type}\n${data({ type, ...body })}`
const anthropicHead = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm' }
const anthropicStart = named('message_start', {
  message: {
    ...anthropicHead,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: usage.input, output_tokens: 1 },
  },
})
const anthropicTail = (reason: string) => [
  named('content_block_stop', { index: 0 }),
  named('message_delta', {
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: usage.output },
  }),
  named('message_stop', {}),
]
const anthropicWhole = (content: readonly object[], reason: string) => ({
  ...anthropicHead,
  content,
  stop_reason: reason,
  stop_sequence: null,
  usage: { input_tokens: usage.input, output_tokens: usage.output },
})
const blockDelta = (delta: object) => named('content_block_delta', { index: 0, delta })

const anthropic: WireForm = {
  whole: (said = text) => anthropicWhole([{ type: 'text', text: said }], 'end_turn'),
  stream: (said = words) => ({
    head: [
      anthropicStart,
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ],
    words: piecesOf(said).map((piece) => blockDelta({ type: 'text_delta', text: piece })),
    tail: anthropicTail('end_turn'),
  }),
  toolWhole: () =>
    anthropicWhole([{ type: 'tool_use', id: 'toolu_1', name: tool.name, input: tool.arguments }], 'tool_use'),
  toolStream: () => ({
    head: [anthropicStart],
    words: [
      named('content_block_start', {
        index: 0,
        content_block: { type: 'tool_use', id: 'toolu_1', name: tool.name, input: {} },
      }),
      ...jsonPieces.map((piece) => blockDelta({ type: 'input_json_delta', partial_json: piece })),
    ],
    tail: anthropicTail('tool_use'),
  }),
  error: (status, message) => ({ type: 'error', error: { type: errorType(status), message } }),
  errorEvent: (status, message) => named('error', { error: { type: errorType(status), message } }),
  ping: named('ping', {}),
}

const geminiUsage = {
  promptTokenCount: usage.input,
  candidatesTokenCount: usage.output,
  totalTokenCount: usage.input + usage.output,
}
const geminiBody = (parts: readonly object[], finish?: string) => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...(finish ? { finishReason: finish } : {}) }],
  modelVersion: 'm',
  responseId: 'resp_1',
  ...(finish ? { usageMetadata: geminiUsage } : {}),
})
const geminiData = (body: object) => `data: ${JSON.stringify(body)}\r\n\r\n`
const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  529: 'UNAVAILABLE',
}

const gemini: WireForm = {
  whole: (said = text) => geminiBody([{ text: said }], 'STOP'),
  stream: (said = words) => ({
    head: [geminiData({ ...geminiBody([]), usageMetadata: { promptTokenCount: usage.input } })],
    words: piecesOf(said).map((piece) => geminiData(geminiBody([{ text: piece }]))),
    tail: [geminiData(geminiBody([{ text: '' }], 'STOP'))],
  }),
  toolWhole: () => geminiBody([{ functionCall: { name: tool.name, args: tool.arguments } }], 'STOP'),
  toolStream: () => ({
    head: [],
    words: [geminiData(geminiBody([{ functionCall: { name: tool.name, args: tool.arguments } }]))],
    tail: [geminiData(geminiBody([{ text: '' }], 'STOP'))],
  }),
  error: (status, message) => ({
    error: { code: status, message, status: statusNames[status] ?? 'INTERNAL' },
  }),
  errorEvent: (status, message) => geminiData(gemini.error(status, message)),
  ping: ': ping\r\n\r\n',
}

export const chatForms = { openai, anthropic, gemini }
