/** What is sent to a provider in Responses, and what is read of its answers, in the shapes that OpenAI's own SDK declares. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses'
import { openaiInbound } from '../../src/gateway/adapters/openai/adapter.ts'
import { responsesInbound, responsesOutbound } from '../../src/gateway/adapters/responses/adapter.ts'
import { packState } from '../../src/gateway/adapters/responses/opaque-state.ts'
import type { WireTarget } from '../../src/protocol/adapter.ts'
import type { Message } from '../../src/protocol/chat.ts'

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

const hello = [{ role: 'user', content: 'Hi' }]
const said: ResponseInputItem[] = [
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
]

function written(body: object, target: Partial<WireTarget> = {}) {
  const read = openaiInbound.readRequest({ model: 'm', messages: hello, ...body })
  assert.ok(read.ok, read.ok ? '' : read.fault.message)
  return responsesOutbound.writeRequest(read.value, { model: 'gpt-4.1', abilities: {}, ...target })
}

type Body = ResponseCreateParamsNonStreaming

const rows: readonly [name: string, chat: object, body: Body, dropped: readonly string[]][] = [
  [
    'messages of every role',
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image_url', image_url: { url: 'https://e.org/a.png' } },
          ],
        },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
      ],
    },
    {
      model: 'gpt-4.1',
      input: [
        { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be brief.' }] },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'See' },
            { type: 'input_image', image_url: 'https://e.org/a.png', detail: 'auto' },
          ],
        },
        {
          type: 'message',
          role: 'assistant',
          // The SDK wants ids and a status that a stateless caller has not; the API does not.
          content: [{ type: 'output_text', text: 'I look.', annotations: [] }],
        } as unknown as ResponseInputItem,
        { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Bern"}' },
        { type: 'function_call_output', call_id: 'c1', output: 'sunny' },
      ],
      store: false,
    },
    [],
  ],
  [
    'tools, which are strict only where that was asked for',
    {
      tools: [{ type: 'function', function: { name: 'weather', parameters: schema } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      parallel_tool_calls: false,
    },
    {
      model: 'gpt-4.1',
      input: said,
      tools: [{ type: 'function', name: 'weather', parameters: schema, strict: false }],
      tool_choice: { type: 'function', name: 'weather' },
      parallel_tool_calls: false,
      store: false,
    },
    [],
  ],
  [
    'a strict schema',
    { response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } } },
    {
      model: 'gpt-4.1',
      input: said,
      text: { format: { type: 'json_schema', name: 'place', schema, strict: true } },
      store: false,
    },
    [],
  ],
  [
    'what this dialect has no word for is told',
    {
      max_tokens: 5,
      temperature: 0.5,
      stop: ['x'],
      seed: 1,
      n: 2,
      presence_penalty: 1,
      frequency_penalty: 1,
    },
    { model: 'gpt-4.1', input: said, max_output_tokens: 16, temperature: 0.5, store: false },
    ['max_tokens', 'stop', 'seed', 'n', 'presence_penalty', 'frequency_penalty'],
  ],
  [
    'log probabilities',
    { logprobs: true, top_logprobs: 2 },
    {
      model: 'gpt-4.1',
      input: said,
      include: ['message.output_text.logprobs'],
      top_logprobs: 2,
      store: false,
    },
    [],
  ],
]

for (const [name, chat, body, dropped] of rows)
  test(`to a provider in Responses: ${name}`, () => {
    const wire = written(chat)
    assert.deepEqual([wire.path, wire.body, wire.dropped], ['/responses', body, dropped])
  })

test('to a provider in Responses: a model that thinks is asked for its sealed thinking, and takes no temperature', () => {
  const { body, dropped } = written({ reasoning_effort: 'low', temperature: 0.5 }, { model: 'gpt-5' })
  const expected: Body = {
    model: 'gpt-5',
    input: said,
    reasoning: { effort: 'low' },
    include: ['reasoning.encrypted_content'],
    store: false,
  }
  assert.deepEqual([body, dropped], [expected, ['temperature']])
})

test('to a provider in Responses: a caller’s own body goes as it is, without what other providers sealed', () => {
  const packed = packState({ thought: { signature: 'theirs', from: 'anthropic' }, calls: [] })
  const returned = packState({ thought: { signature: 'rs_2 mine', from: 'responses' }, calls: [] })
  const own = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed by OpenAI' }
  const read = responsesInbound.readRequest({
    model: 'route',
    models: ['a'],
    input: [
      { role: 'user', content: 'Hi' },
      own,
      { ...own, encrypted_content: packed },
      { ...own, encrypted_content: returned },
    ],
    truncation: 'auto',
  })
  assert.ok(read.ok)
  const { body } = responsesOutbound.writeRequest(read.value, { model: 'gpt-5', abilities: {} })
  assert.deepEqual(body, {
    model: 'gpt-5',
    input: [{ role: 'user', content: 'Hi' }, own, { ...own, id: 'rs_2', encrypted_content: 'mine' }],
    truncation: 'auto',
    store: false,
  })
})

const usage: Response['usage'] = {
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 19,
}

const answer = (more: Partial<Response>): Partial<Response> => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_760_000_000,
  model: 'gpt-5-2025',
  status: 'completed',
  error: null,
  incomplete_details: null,
  usage,
  ...more,
})

const output: Response['output'] = [
  {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 'Think.' }],
    encrypted_content: 'sealed',
  },
  {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: 'Sunny.', annotations: [] }],
  },
  {
    type: 'function_call',
    id: 'fc_1',
    call_id: 'c1',
    name: 'weather',
    arguments: '{"city":"Bern"}',
    status: 'completed',
  },
]

test('from a provider in Responses: thinking, text, calls and tokens; the seal goes back with the next question', () => {
  const read = responsesOutbound.readReply(answer({ output }))
  assert.ok(read.ok)
  const { choices, usage: used, id, model } = read.value
  const [choice] = choices
  assert.deepEqual([id, model, choice?.finish], ['resp_1', 'gpt-5-2025', 'tool_calls'])
  assert.deepEqual(used, { input: 12, output: 7, cachedInput: 4, cacheWriteInput: 0, reasoning: 3 })
  assert.deepEqual(choice?.content, [
    { kind: 'reasoning', text: 'Think.', signature: 'rs_1 sealed', from: 'responses' },
    { kind: 'text', text: 'Sunny.' },
  ])
  const turn: Message = {
    role: 'assistant',
    content: choice?.content ?? [],
    toolCalls: choice?.toolCalls ?? [],
  }
  const asked = openaiInbound.readRequest({ model: 'm', messages: hello })
  assert.ok(asked.ok)
  const { body } = responsesOutbound.writeRequest(
    { ...asked.value, messages: [turn] },
    { model: 'gpt-5', abilities: {} },
  )
  assert.deepEqual(body['input'], [
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Think.' }],
      encrypted_content: 'sealed',
    },
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Sunny.', annotations: [] }],
    },
    { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Bern"}' },
  ])
})

const ends: readonly [name: string, more: Partial<Response>, says: string][] = [
  [
    'cut at its limit',
    { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [] },
    'length',
  ],
  [
    'cut by the filter',
    { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [] },
    'content_filter',
  ],
  ['nothing said', { output: [] }, 'upstream_empty'],
  [
    'failed',
    { status: 'failed', error: { code: 'server_error', message: 'no' }, output: [] },
    'upstream_error',
  ],
  [
    'too many questions',
    { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'no' }, output: [] },
    'upstream_rate_limited',
  ],
  ['not ended', { status: 'in_progress', output: [] }, 'upstream_malformed'],
]

for (const [name, more, says] of ends)
  test(`from a provider in Responses: ${name}`, () => {
    const read = responsesOutbound.readReply(answer(more))
    assert.equal(read.ok ? read.value.choices[0]?.finish : read.fault.code, says)
    const stream = responsesOutbound.openStream()
    const type = more.status === 'failed' || more.status === 'incomplete' ? more.status : 'completed'
    const parts = stream.push(eventOf({ type: `response.${type}`, response: answer(more) }))
    const told = parts.flatMap((part) =>
      part.kind === 'broken' ? [part.fault.code] : part.kind === 'finish' ? [part.reason] : [],
    )
    assert.deepEqual(told, [says])
  })

const eventOf = (body: object) => ({ data: JSON.stringify(body), raw: '' })

test('from a provider in Responses: a stream, event by event', () => {
  const place = { output_index: 0, item_id: 'i', sequence_number: 0 }
  const events: readonly Partial<ResponseStreamEvent>[] = [
    { type: 'response.created', response: answer({ status: 'in_progress', output: [] }) as Response },
    { type: 'response.output_item.added', ...place, item: { type: 'reasoning', id: 'rs_1', summary: [] } },
    { type: 'response.reasoning_summary_text.delta', ...place, summary_index: 0, delta: 'Think.' },
    {
      type: 'response.output_item.done',
      ...place,
      item: { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' },
    },
    {
      type: 'response.output_text.delta',
      ...place,
      output_index: 1,
      content_index: 0,
      delta: 'Sunny.',
      logprobs: [],
    },
    {
      type: 'response.output_item.added',
      ...place,
      output_index: 2,
      item: { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '' },
    },
    { type: 'response.function_call_arguments.delta', ...place, output_index: 2, delta: '{"city":' },
    { type: 'response.function_call_arguments.delta', ...place, output_index: 2, delta: '"Bern"}' },
    { type: 'response.completed', response: answer({ output }) as Response, sequence_number: 9 },
  ]
  const stream = responsesOutbound.openStream()
  const parts = events.flatMap((event) => stream.push(eventOf(event)))
  assert.deepEqual(parts, [
    { kind: 'start', id: 'resp_1', model: 'gpt-5-2025', createdAtS: 1_760_000_000 },
    { kind: 'reasoning', choice: 0, text: 'Think.' },
    { kind: 'reasoning_state', choice: 0, signature: 'rs_1 sealed', from: 'responses' },
    { kind: 'text', choice: 0, text: 'Sunny.' },
    { kind: 'tool_call', choice: 0, call: 0, id: 'c1', name: 'weather' },
    { kind: 'tool_arguments', choice: 0, call: 0, json: '{"city":' },
    { kind: 'tool_arguments', choice: 0, call: 0, json: '"Bern"}' },
    { kind: 'finish', choice: 0, reason: 'tool_calls', wire: 'completed' },
    { kind: 'usage', usage: { input: 12, output: 7, cachedInput: 4, cacheWriteInput: 0, reasoning: 3 } },
    { kind: 'end' },
  ])
  assert.deepEqual(stream.end(), [])
})

const cuts: readonly [name: string, events: readonly object[], code: string][] = [
  ['nothing came', [], 'upstream_empty'],
  ['it broke off', [{ type: 'response.created', response: answer({}) }], 'upstream_cut'],
  [
    'an error in the middle',
    [{ type: 'error', code: 'server_error', message: 'no', param: null }],
    'upstream_error',
  ],
  [
    'arguments of a call that was not begun',
    [{ type: 'response.function_call_arguments.delta', output_index: 3, delta: '{' }],
    'upstream_malformed',
  ],
]

for (const [name, events, code] of cuts)
  test(`from a provider in Responses: a stream: ${name}`, () => {
    const stream = responsesOutbound.openStream()
    const parts = [...events.flatMap((event) => stream.push(eventOf(event))), ...stream.end()]
    const last = parts.at(-1)
    assert.equal(last?.kind === 'broken' ? last.fault.code : last?.kind, code)
  })
