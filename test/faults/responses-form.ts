/** The right answer of every fault test in the wire form of OpenAI's Responses: events in the order of the API, with all it repeats. */

import { text, tool, usage, type WireForm, words } from './wire-form.ts'

const json = JSON.stringify(tool.arguments)
const pieces = [json.slice(0, 9), json.slice(9, 30), json.slice(30)]
const wireUsage = {
  input_tokens: usage.input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: usage.input + usage.output,
}

const response = (status: string, output: readonly object[]) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  status,
  error: null,
  incomplete_details: null,
  model: 'm',
  output,
  usage: status === 'completed' ? wireUsage : null,
})
const part = (said: string) => ({ type: 'output_text', annotations: [], logprobs: [], text: said })
const message = (status: string, said?: string) => ({
  id: 'msg_1',
  type: 'message',
  status,
  role: 'assistant',
  content: said === undefined ? [] : [part(said)],
})
const call = (status: string, given: string) => ({
  id: 'fc_1',
  type: 'function_call',
  status,
  arguments: given,
  call_id: 'call_1',
  name: tool.name,
})

let sequence = 0
const event = (type: string, body: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...body })}\n\n`

const begin = () => {
  sequence = 0
  return [
    event('response.created', { response: response('in_progress', []) }),
    event('response.in_progress', { response: response('in_progress', []) }),
  ]
}
const item = { output_index: 0 }
const content = { item_id: 'msg_1', ...item, content_index: 0 }
const codes: Readonly<Record<number, string>> = {
  429: 'rate_limit_exceeded',
  500: 'server_error',
  503: 'server_is_overloaded',
  529: 'server_is_overloaded',
}

export const responsesForm: WireForm = {
  whole: (said = text) => response('completed', [message('completed', said)]),
  stream(said = words) {
    const all = said.join(' ')
    return {
      head: [
        ...begin(),
        event('response.output_item.added', { ...item, item: message('in_progress') }),
        event('response.content_part.added', { ...content, part: part('') }),
      ],
      words: said.map((word, at) =>
        event('response.output_text.delta', {
          ...content,
          delta: at < said.length - 1 ? `${word} ` : word,
          logprobs: [],
        }),
      ),
      tail: [
        event('response.output_text.done', { ...content, text: all, logprobs: [] }),
        event('response.content_part.done', { ...content, part: part(all) }),
        event('response.output_item.done', { ...item, item: message('completed', all) }),
        event('response.completed', { response: response('completed', [message('completed', all)]) }),
      ],
    }
  },
  toolWhole: () => response('completed', [call('completed', json)]),
  toolStream: () => ({
    head: begin(),
    words: [
      event('response.output_item.added', { ...item, item: call('in_progress', '') }),
      ...pieces.map((delta) =>
        event('response.function_call_arguments.delta', { item_id: 'fc_1', ...item, delta }),
      ),
    ],
    tail: [
      event('response.function_call_arguments.done', { item_id: 'fc_1', ...item, arguments: json }),
      event('response.output_item.done', { ...item, item: call('completed', json) }),
      event('response.completed', { response: response('completed', [call('completed', json)]) }),
    ],
  }),
  error: (status, text, code) => ({
    error: {
      message: text,
      type: status >= 500 ? 'server_error' : 'invalid_request_error',
      code: code ?? null,
      param: null,
    },
  }),
  errorEvent: (status, text) =>
    event('error', { code: codes[status] ?? 'server_error', message: text, param: null }),
  ping: ': ping\n\n',
}

/** What to replace in the text of a whole response by what, so that it ends early for this reason. */
export const incomplete = (reason: string): [string, string] => [
  '"status":"completed","error":null,"incomplete_details":null',
  `"status":"incomplete","error":null,"incomplete_details":{"reason":"${reason}"}`,
]
