import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatRequest } from '../../../protocol/chat.ts'
import { responsesInbound } from './adapter.ts'
import { packState } from './opaque-state.ts'

const read = (body: Record<string, unknown>) => responsesInbound.readRequest({ model: 'm', ...body })

function request(body: Record<string, unknown>): ChatRequest {
  const outcome = read(body)
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.fault.message)
  return outcome.value
}

const text = (said: string) => [{ kind: 'text', text: said }]
const state = packState({
  thought: { signature: 'sig', from: 'anthropic' },
  calls: [{ id: 'c1', signature: 'tsig', from: 'gemini' }],
})

const messageRows: readonly [name: string, body: Record<string, unknown>, messages: unknown][] = [
  ['a text is the user’s', { input: 'Hi' }, [{ role: 'user', content: text('Hi') }]],
  [
    'instructions stand first, developers are the system',
    {
      instructions: 'Be brief',
      input: [
        { role: 'developer', content: 'In French' },
        { role: 'user', content: 'Hi' },
      ],
    },
    [
      { role: 'system', content: text('Be brief') },
      { role: 'system', content: text('In French') },
      { role: 'user', content: text('Hi') },
    ],
  ],
  [
    'images and files, as bytes and as addresses',
    {
      input: [
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'Look' },
            { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
            { type: 'input_image', image_url: 'https://a.test/b.png', detail: 'original' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' },
            { type: 'input_file', file_url: 'https://a.test/b.pdf' },
          ],
        },
      ],
    },
    [
      {
        role: 'user',
        content: [
          ...text('Look'),
          { kind: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' }, detail: 'low' },
          { kind: 'image', source: { kind: 'url', url: 'https://a.test/b.png' } },
          {
            kind: 'file',
            source: { kind: 'base64', mediaType: 'application/pdf', data: 'BBBB' },
            name: 'a.pdf',
          },
          { kind: 'file', source: { kind: 'url', url: 'https://a.test/b.pdf' } },
        ],
      },
    ],
  ],
  [
    'a turn of the model is one message: thought, text, calls; state goes to its owner',
    {
      input: [
        {
          type: 'reasoning',
          id: 'rs',
          summary: [{ type: 'summary_text', text: 'Hm' }],
          encrypted_content: state,
        },
        {
          type: 'message',
          role: 'assistant',
          id: 'msg',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Wait', annotations: [] }],
        },
        { type: 'function_call', id: 'fc', call_id: 'c1', name: 'f', arguments: '' },
        { type: 'function_call', call_id: 'c2', name: 'g', arguments: '{"a":1}' },
        { type: 'function_call_output', call_id: 'c2', output: 'two' },
        { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: 'one' }] },
      ],
    },
    [
      {
        role: 'assistant',
        content: [{ kind: 'reasoning', text: 'Hm', signature: 'sig', from: 'anthropic' }, ...text('Wait')],
        toolCalls: [
          { id: 'c1', name: 'f', arguments: '{}', signature: 'tsig', from: 'gemini' },
          { id: 'c2', name: 'g', arguments: '{"a":1}' },
        ],
      },
      { role: 'tool', toolCallId: 'c2', toolName: 'g', content: text('two') },
      { role: 'tool', toolCallId: 'c1', toolName: 'f', content: text('one') },
    ],
  ],
  [
    'two answers in a row stay two, and a refusal is no text',
    {
      input: [
        { role: 'assistant', content: 'One' },
        {
          role: 'assistant',
          content: [
            { type: 'output_text', text: 'Two' },
            { type: 'refusal', refusal: 'No' },
          ],
        },
        { role: 'user', content: 'Why?' },
      ],
    },
    [
      { role: 'assistant', content: text('One'), toolCalls: [] },
      { role: 'assistant', content: text('Two'), toolCalls: [], refusal: 'No' },
      { role: 'user', content: text('Why?') },
    ],
  ],
]
for (const [name, body, messages] of messageRows) {
  test(`responses input: ${name}`, () => assert.deepEqual(request(body).messages, messages))
}

const f = { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true }
const g = { type: 'function', name: 'g' }
const fieldRows: readonly [name: string, body: Record<string, unknown>, fields: Partial<ChatRequest>][] = [
  [
    'functions',
    { tools: [f, g], tool_choice: { type: 'function', name: 'g' }, parallel_tool_calls: false },
    {
      tools: [{ name: 'f', description: 'd', parameters: { type: 'object' }, strict: true }, { name: 'g' }],
      toolChoice: { name: 'g' },
      parallelToolCalls: false,
    },
  ],
  [
    'allowed tools are those that stay',
    {
      tools: [f, g],
      tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] },
    },
    { tools: [{ name: 'g' }], toolChoice: 'required' },
  ],
  [
    'a JSON schema',
    { text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true } } },
    { responseFormat: { kind: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true } },
  ],
  ['any JSON', { text: { format: { type: 'json_object' } } }, { responseFormat: { kind: 'json' } }],
  [
    'sampling, limits and effort',
    {
      max_output_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      reasoning: { effort: 'max' },
      top_logprobs: 3,
      user: 'u',
    },
    {
      maxOutputTokens: 9,
      temperature: 0.5,
      topP: 0.9,
      reasoningEffort: 'xhigh',
      logprobs: true,
      topLogprobs: 3,
      endUser: 'u',
    },
  ],
  [
    'nothing is lost in silence',
    {
      store: true,
      truncation: 'auto',
      text: { verbosity: 'low' },
      include: ['reasoning.encrypted_content', 'file_search_call.results'],
      service_tier: 'flex',
      prompt_cache_key: null,
    },
    {
      unmapped: ['service_tier', 'store', 'truncation', 'text.verbosity', 'include.file_search_call.results'],
    },
  ],
  [
    'what is harmless is not reported',
    { store: false, truncation: 'disabled', metadata: { a: 'b' } },
    { unmapped: [] },
  ],
  [
    'items of tools that ran elsewhere and foreign state are named',
    {
      input: [
        { type: 'web_search_call', id: 'ws', status: 'completed' },
        { type: 'reasoning', summary: [], encrypted_content: 'gAAAA' },
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }, { type: 'input_video' }] },
      ],
    },
    { unmapped: ['input.0', 'input.1.encrypted_content', 'input.2.content.1'] },
  ],
]
for (const [name, body, fields] of fieldRows) {
  test(`responses request: ${name}`, () => {
    const whole = request({ input: 'Hi', ...body })
    const asked = Object.fromEntries(Object.keys(fields).map((key) => [key, whole[key as keyof ChatRequest]]))
    assert.deepEqual(asked, fields)
  })
}

const refusedRows: readonly [name: string, body: Record<string, unknown>, param: string, says: RegExp][] = [
  [
    'an earlier response',
    { previous_response_id: 'resp_1' },
    'previous_response_id',
    /earlier items again in `input`/,
  ],
  ['a conversation', { conversation: { id: 'conv_1' } }, 'conversation', /keeps no conversations/],
  ['work in the background', { background: true }, 'background', /leave `background` out/],
  ['a stored prompt', { prompt: { id: 'p' } }, 'prompt', /send their text/],
  ['a hosted tool', { tools: [{ type: 'web_search' }] }, 'tools.0.type', /runs at its provider/],
  ['a custom tool', { tools: [{ type: 'custom', name: 'x' }] }, 'tools.0.type', /declare a function/],
  [
    'a tool in the other API’s shape',
    { tools: [f, { type: 'function', function: { name: 'x' } }] },
    'tools.1.function',
    /chat\/completions/,
  ],
  [
    'a hosted tool as choice',
    { tools: [f], tool_choice: { type: 'file_search' } },
    'tool_choice.type',
    /choose a function/,
  ],
  [
    'a reference to an item',
    { input: [{ type: 'item_reference', id: 'msg_1' }] },
    'input.0.id',
    /send the item itself/,
  ],
  [
    'a file by its id',
    { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file_1' }] }] },
    'input.0.content.0.file_id',
    /keeps no files/,
  ],
  [
    'an image by its id',
    { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'file_1' }] }] },
    'input.0.content.0.file_id',
    /data URL/,
  ],
  ['no input', { input: [] }, 'input', /at least one item/],
  [
    'a call without a name',
    { input: [{ type: 'function_call', call_id: 'c', arguments: '{}' }] },
    'input.0.name',
    /./,
  ],
  ['a role nobody has', { input: [{ role: 'robot', content: 'Hi' }] }, 'input.0.role', /./],
  ['a temperature out of range', { temperature: 3 }, 'temperature', /./],
]
for (const [name, body, param, says] of refusedRows) {
  test(`responses request: ${name} is refused by name`, () => {
    const outcome = read({ input: 'Hi', ...body })
    assert.ok(!outcome.ok)
    assert.deepEqual([outcome.fault.status, outcome.fault.param], [400, param])
    assert.match(outcome.fault.message, says)
  })
}
