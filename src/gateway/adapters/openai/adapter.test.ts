import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply, StreamPart } from '../../../protocol/reply.ts'
import { openaiInbound, openaiOutbound } from './adapter.ts'

const body = {
  model: 'chat',
  models: ['a'],
  adaptive: { deadline_ms: 5 },
  stream: true,
  custom: 1,
  messages: [
    { role: 'developer', content: 'be brief' },
    { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'hm',
      adaptive_state: { signature: 's', from: 'anthropic' },
      tool_calls: [
        {
          id: 'x',
          type: 'function',
          function: { name: 'f', arguments: '{}' },
          adaptive_state: { signature: 't', from: 'gemini' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'x', content: 'done' },
  ],
}

function request() {
  const read = openaiInbound.readRequest(body)
  assert.ok(read.ok)
  return read.value
}

test('openai request: messages, state and what is not held', () => {
  const { messages, unmapped } = request()
  const [system, user, assistant, tool] = messages
  assert.equal(system?.role, 'system')
  const source = { kind: 'base64', mediaType: 'image/png', data: 'AAAA' }
  assert.deepEqual(user?.content, [{ kind: 'image', source }])
  assert.ok(assistant?.role === 'assistant' && tool?.role === 'tool')
  assert.deepEqual(assistant.content, [{ kind: 'reasoning', text: 'hm', signature: 's', from: 'anthropic' }])
  assert.deepEqual(assistant.toolCalls, [
    { id: 'x', name: 'f', arguments: '{}', signature: 't', from: 'gemini' },
  ])
  assert.equal(tool.toolName, 'f')
  assert.deepEqual(unmapped, ['custom'])
})

test('openai request: the limit has the name that the model takes', () => {
  const asked = { ...request(), dialect: 'anthropic' as const, maxOutputTokens: 9 }
  const names = ['gpt-4.1', 'openai/gpt-oss-120b', 'small', 'gpt-5-mini', 'o3', 'openai/gpt-6-luna'].map(
    (model) =>
      Object.keys(openaiOutbound.writeRequest(asked, { model, abilities: {} }).body).find((name) =>
        /^max_/.test(name),
      ),
  )
  const [old, fresh] = ['max_tokens', 'max_completion_tokens']
  assert.deepEqual(names, [old, old, old, fresh, fresh, fresh])
})

test('openai request: the same dialect relays the body without what is ours', () => {
  const sent = openaiOutbound.writeRequest(request(), { model: 'm', abilities: {} }).body
  assert.equal(sent['model'], 'm')
  assert.deepEqual(sent['stream_options'], { include_usage: true })
  assert.equal(sent['custom'], 1)
  assert.doesNotMatch(JSON.stringify(sent), /adaptive|"models"/)
})

test('openai request: another dialect is written anew, thinking left out, the rest listed', () => {
  const other = { ...request(), dialect: 'anthropic' as const, topK: 5, reasoningBudgetTokens: 4_096 }
  const { body: sent, dropped } = openaiOutbound.writeRequest(other, { model: 'm', abilities: {} })
  assert.equal(sent['reasoning_effort'], 'medium')
  assert.deepEqual(dropped, ['top_k', 'custom'])
  assert.doesNotMatch(JSON.stringify(sent), /"hm"|signature/)
})

const limits: readonly [
  name: string,
  model: string,
  reasoning: boolean | undefined,
  limit: 'max_tokens' | 'max_completion_tokens',
][] = [
  ['an o-series name', 'o4-mini', undefined, 'max_completion_tokens'],
  ['gpt-5', 'gpt-5-nano', undefined, 'max_completion_tokens'],
  ['gpt-5 at a broker', 'openai/gpt-5.1', undefined, 'max_completion_tokens'],
  ['a later generation', 'gpt-6-luna', undefined, 'max_completion_tokens'],
  ['an OpenAI name that the catalogue says reasons', 'codex-mini', true, 'max_completion_tokens'],
  ['gpt-4.1', 'gpt-4.1', undefined, 'max_tokens'],
  ['gpt-5 without thinking, by its name', 'gpt-5-chat-latest', undefined, 'max_tokens'],
  ['an o-series name that is declared not to reason', 'o1-like', false, 'max_tokens'],
  ['another vendor’s model that reasons', 'deepseek-reasoner', true, 'max_tokens'],
  ['open weights, served by others', 'openai/gpt-oss-120b', true, 'max_tokens'],
  ['a name that only begins alike', 'olmo-2', undefined, 'max_tokens'],
]
for (const [name, model, reasoning, limit] of limits)
  test(`openai request: the limit for ${name} is ${limit}`, () => {
    const abilities = reasoning === undefined ? {} : { reasoning }
    const asked = { ...request(), maxOutputTokens: 7, body: { ...body, max_tokens: 7 } }
    for (const dialect of ['anthropic', 'openai'] as const) {
      const { body: sent } = openaiOutbound.writeRequest({ ...asked, dialect }, { model, abilities })
      const other = limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
      assert.deepEqual([sent[limit], sent[other]], [7, undefined], dialect)
    }
  })

test('openai request: what a reasoning model or the wire cannot take is listed by the caller’s names', () => {
  const asked = {
    ...request(),
    dialect: 'anthropic' as const,
    unmapped: [],
    temperature: 0.5,
    topP: 0.9,
    stop: ['a', 'b', 'c', 'd', 'e'],
  }
  const written = (reasoningEffort: 'low' | 'none') =>
    openaiOutbound.writeRequest({ ...asked, reasoningEffort }, { model: 'gpt-5', abilities: {} })
  const thinking = written('low')
  assert.deepEqual(thinking.dropped, ['temperature', 'top_p', 'stop_sequences'])
  assert.deepEqual([thinking.body['temperature'], thinking.body['stop']], [undefined, ['a', 'b', 'c', 'd']])
  const plain = written('none')
  assert.deepEqual([plain.dropped, plain.body['temperature']], [['stop_sequences'], 0.5])
})

test('openai request: a tool message without the id of its call is refused by name', () => {
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'tool', content: 'b' },
  ]
  const read = openaiInbound.readRequest({ model: 'm', messages })
  assert.ok(!read.ok)
  assert.deepEqual([read.fault.status, read.fault.param], [400, 'messages.1.tool_call_id'])
  assert.match(read.fault.message, /must name the id of the call/)
})

test('openai reply: what is not held is named, once', () => {
  const annotations = [{ type: 'url_citation' }]
  const content = [
    { type: 'text', text: 'a' },
    { type: 'reference', reference_ids: [1] },
  ]
  const choice = (index: number) => ({ index, message: { content, annotations }, finish_reason: 'stop' })
  const read = openaiOutbound.readReply({ id: 'i', model: 'm', choices: [choice(0), choice(1)] })
  assert.ok(read.ok)
  assert.deepEqual(read.value.unsupported, ['annotations', 'reference'])
  assert.deepEqual(read.value.choices[1]?.content, [{ kind: 'text', text: 'a' }])
})

test('openai reply: the older way to call one function is a tool call', () => {
  const message = { content: null, function_call: { name: 'f', arguments: '{"a":1}' } }
  const read = openaiOutbound.readReply({ choices: [{ index: 0, message, finish_reason: 'function_call' }] })
  assert.ok(read.ok)
  assert.deepEqual(read.value.choices[0]?.toolCalls, [{ id: 'call_0', name: 'f', arguments: '{"a":1}' }])
})

test('openai request: a wrong role is named by its path', () => {
  const read = openaiInbound.readRequest({ model: 'm', messages: [{ role: 'robot', content: '' }] })
  assert.ok(!read.ok)
  assert.equal(read.fault.param, 'messages.0.role')
})

test('openai reply: state survives the way out and back in', () => {
  const thought = { kind: 'reasoning', text: 'hm', signature: 's', from: 'anthropic' } as const
  const choice = { index: 0, content: [thought], toolCalls: [], finish: 'stop' } as const
  const reply: Reply = { id: 'i', model: 'm', choices: [choice], unsupported: [] }
  const wire = JSON.parse(JSON.stringify(openaiInbound.writeReply(reply)))
  const read = openaiInbound.readRequest({ model: 'm', messages: [wire.choices[0].message] })
  assert.ok(read.ok)
  assert.deepEqual(read.value.messages[0]?.content, [thought])
})

test('openai stream: usage stands between the finish and the terminator', () => {
  const writer = openaiInbound.openWriter({ usage: true })
  const parts: StreamPart[] = [
    { kind: 'start', id: 'i', model: 'm', createdAtS: 1 },
    { kind: 'text', choice: 0, text: 'a' },
    { kind: 'usage', usage: { input: 1, output: 2 } },
    { kind: 'finish', choice: 0, reason: 'stop' },
    { kind: 'end' },
  ]
  const events = parts
    .map((part) => writer.write(part))
    .join('')
    .split('\n\n')
  assert.match(events[0] ?? '', /"role":"assistant"/)
  assert.match(events[2] ?? '', /"finish_reason":"stop"/)
  assert.match(events[3] ?? '', /"choices":\[\],"usage":\{"prompt_tokens":1/)
  assert.deepEqual(events.slice(4), ['data: [DONE]', ''])
})

const faults: readonly [name: string, status: number, error: unknown, code: string][] = [
  ['a bad key', 401, { error: { code: 'invalid_api_key', message: 'x' } }, 'upstream_auth'],
  [
    'a bad key as xAI says it',
    400,
    { code: 'x', error: 'Incorrect API key provided: xai-abcdefgh' },
    'upstream_auth',
  ],
  ['no credit', 429, { error: { code: 'insufficient_quota', message: 'x' } }, 'upstream_quota'],
  ['a limit', 429, { error: { code: 'rate_limit_exceeded', message: 'x' } }, 'upstream_rate_limited'],
  ['a retired model', 400, { error: { code: 'model_decommissioned', message: 'x' } }, 'model_not_found'],
  [
    'too many tokens',
    400,
    { error: { code: 'context_length_exceeded', message: 'x' } },
    'context_length_exceeded',
  ],
  ['a page', 502, '<html>', 'upstream_error'],
  ['a teapot', 418, {}, 'upstream_unknown'],
]
for (const [name, status, error, code] of faults) {
  test(`openai fault: ${name}`, () => {
    const fault = openaiOutbound.readFault({ status, headers: {}, body: JSON.stringify(error) })
    assert.equal(fault.code, code)
    assert.doesNotMatch(fault.message, /abcdefgh/)
  })
}

const plain = { model: 'chat', messages: [{ role: 'user', content: 'Hi' }] }
const state = { signature: 's', from: 'anthropic' }
const verbatimRows: readonly [name: string, body: object, model: string, sent: string | undefined][] = [
  ['only the model changes', plain, 'small', '{"model":"small","messages":[]}'],
  [
    'a stream asks for usage',
    { ...plain, stream: true },
    'small',
    '{"model":"small","stream_options":{"include_usage":true},"messages":[]}',
  ],
  [
    'a stream that asks already',
    { ...plain, stream: true, stream_options: { include_usage: true } },
    'small',
    '{"model":"small","messages":[]}',
  ],
  [
    'a stream that asks for something else',
    { ...plain, stream: true, stream_options: {} },
    'small',
    undefined,
  ],
  ['the gateway’s own field', { ...plain, adaptive: {} }, 'small', undefined],
  ['a list of models', { ...plain, models: ['a'] }, 'small', undefined],
  ['a limit by its name', { ...plain, max_tokens: 5 }, 'small', '{"model":"small","messages":[]}'],
  ['a limit by another name', { ...plain, max_tokens: 5 }, 'o3', undefined],
  [
    'state of another dialect',
    { ...plain, messages: [{ role: 'assistant', content: 'a', adaptive_state: state }] },
    'small',
    undefined,
  ],
  [
    'state in a call',
    {
      ...plain,
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: 'x', function: { name: 'f', arguments: '{}' }, adaptive_state: state }],
        },
      ],
    },
    'small',
    undefined,
  ],
]

for (const [name, given, model, sent] of verbatimRows)
  test(`openai request in the caller's own bytes: ${name}`, () => {
    const read = openaiInbound.readRequest(given)
    assert.ok(read.ok)
    const bytes = Buffer.from('{"model":"chat","messages":[]}')
    const asked = {
      ...read.value,
      given: { of: read.value.body, pieces: [bytes], model: { from: 9, to: 15 } },
    }
    const { verbatim } = openaiOutbound.writeRequest(asked, { model, abilities: {} })
    const { from = 0, to = 0, text = '' } = verbatim ?? {}
    const shown = verbatim && bytes.toString('utf8', 0, from) + text + bytes.toString('utf8', to)
    assert.equal(shown, sent)
    // Of another body the bytes are not these.
    const other = { ...asked, body: { ...read.value.body } }
    assert.equal(openaiOutbound.writeRequest(other, { model, abilities: {} }).verbatim, undefined)
  })
