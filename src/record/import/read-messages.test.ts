import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunMessage, RunRole } from '../../protocol/run.ts'
import { readMessages } from './read-messages.ts'

const lc = (id: readonly string[], kwargs: object) => ({ lc: 1, type: 'constructor', id, kwargs })
const call = { id: 'c1', name: 'find', args: { q: 'x' } }
const openaiCall = { id: 'c1', type: 'function', function: { name: 'find', arguments: '{"q":"x"}' } }

/** `role: text`, calls as `!name(arguments)`, a tool's id as `#id`. */
const told = ({ role, text, name, toolCallId, toolCalls, reasoning, media }: RunMessage) =>
  [
    `${role}: ${text}`,
    ...(toolCalls ?? []).map((one) => `!${one.name}(${one.arguments})`),
    ...(toolCallId ? [`#${toolCallId}`] : []),
    ...(name ? [`@${name}`] : []),
    ...(reasoning ? [`~${reasoning}`] : []),
    ...(media ?? []).map((kind) => `[${kind}]`),
  ].join(' ')

const rows: readonly [name: string, value: unknown, expected: readonly string[], plain?: RunRole][] = [
  [
    'LangChain constructors of Python, in a batch',
    {
      messages: [
        [
          lc(['langchain', 'schema', 'messages', 'SystemMessage'], { content: 'Be kind.', type: 'system' }),
          lc(['langchain', 'schema', 'messages', 'HumanMessage'], { content: 'Hi' }),
        ],
      ],
    },
    ['system: Be kind.', 'user: Hi'],
  ],
  [
    'LangChain constructors of JS',
    { messages: [[lc(['langchain_core', 'messages', 'AIMessage'], { content: '', tool_calls: [call] })]] },
    ['assistant:  !find({"q":"x"})'],
  ],
  [
    'LangChain constructors with four parts, and chunks',
    {
      messages: [
        lc(['langchain_core', 'messages', 'system', 'SystemMessage'], { content: 'S' }),
        lc(['langchain_core', 'messages', 'AIMessageChunk'], { content: 'A' }),
      ],
    },
    ['system: S', 'assistant: A'],
  ],
  [
    'LangGraph state: type and content',
    {
      messages: [
        { type: 'human', content: 'Hi', additional_kwargs: {} },
        { type: 'ai', content: '', additional_kwargs: { tool_calls: [openaiCall] } },
        { type: 'tool', content: 'done', name: 'find', tool_call_id: 'c1' },
      ],
    },
    ['user: Hi', 'assistant:  !find({"q":"x"})', 'tool: done #c1 @find'],
  ],
  ['type and data', [{ type: 'human', data: { content: 'Hi' } }], ['user: Hi']],
  [
    'pairs',
    {
      messages: [
        ['system', 'S'],
        ['human', 'Hi'],
      ],
    },
    ['system: S', 'user: Hi'],
  ],
  ['messages as a JSON string', { messages: '[{"role":"user","content":"Hi"}]' }, ['user: Hi']],
  ['the whole payload as a JSON string', '[{"role":"user","content":"Hi"}]', ['user: Hi']],
  ['prompts in one text', { prompts: ['System: S\nHuman: Hi\nthere'] }, ['system: S', 'user: Hi\nthere']],
  ['a prompt', { prompt: 'Hi' }, ['user: Hi'], 'user'],
  ['a prompt of a step that is no model is a payload', { prompt: 'Hi' }, []],
  [
    'generations',
    {
      generations: [
        [
          {
            text: 'A',
            generation_info: {},
            message: lc(['langchain', 'schema', 'messages', 'AIMessage'], { content: 'A' }),
          },
        ],
      ],
    },
    ['assistant: A'],
  ],
  [
    'generations of a completion model',
    { generations: [[{ text: 'A', generation_info: null }]] },
    ['assistant: A'],
  ],
  [
    'OpenAI: choices',
    { choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls: [openaiCall] } }] },
    ['assistant:  !find({"q":"x"})'],
  ],
  [
    'OpenAI Responses: items',
    {
      instructions: 'S',
      input: [
        {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_text', text: 'Hi' }, { type: 'input_image' }],
        },
        { type: 'function_call', call_id: 'c1', name: 'find', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'done' },
      ],
    },
    ['system: S', 'user: Hi [image]', 'assistant:  !find({})', 'tool: done #c1'],
  ],
  [
    'Anthropic: system beside, blocks within',
    {
      system: [{ type: 'text', text: 'S' }],
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm' },
            { type: 'text', text: 'A' },
            { type: 'tool_use', id: 'c1', name: 'find', input: { q: 'x' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'done' }] },
            { type: 'text', text: 'Go on' },
          ],
        },
      ],
    },
    ['system: S', 'user: Hi', 'assistant: A !find({"q":"x"}) ~hm', 'tool: done #c1', 'user: Go on'],
  ],
  [
    'Gemini: contents and instructions',
    {
      config: { system_instruction: 'S' },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ functionCall: { name: 'find', args: { q: 'x' } } }] },
      ],
    },
    ['system: S', 'user: Hi', 'assistant:  !find({"q":"x"})'],
  ],
  [
    'GenAI conventions: parts',
    [
      { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'find', arguments: { q: 'x' } }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'done' }] },
    ],
    ['user: Hi', 'assistant:  !find({"q":"x"})', 'tool: done #c1'],
  ],
  [
    'Vercel: parts',
    {
      system: 'S',
      messages: [
        {
          role: 'assistant',
          content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'find', input: { q: 'x' } }],
        },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: 'c1',
              toolName: 'find',
              output: { type: 'text', value: 'done' },
            },
          ],
        },
      ],
    },
    ['system: S', 'assistant:  !find({"q":"x"})', 'tool: done #c1 @find'],
  ],
  [
    'Vercel: calls without a message are one turn',
    [
      { toolCallId: 'c1', toolName: 'a', input: '{}' },
      { toolCallId: 'c2', toolName: 'b', input: '{}' },
    ],
    ['assistant:  !a({}) !b({})'],
  ],
  [
    'OpenInference: messages inside messages',
    [{ message: { role: 'user', contents: [{ message_content: { type: 'text', text: 'Hi' } }] } }],
    ['user: Hi'],
  ],
  ['an agent under its own name', [{ role: 'Planner', content: 'A' }], ['assistant: A @Planner']],
  [
    'developer is system, model is assistant',
    [
      { role: 'developer', content: 'S' },
      { role: 'model', parts: [{ text: 'A' }] },
    ],
    ['system: S', 'assistant: A'],
  ],
  [
    'tools on offer among the messages are no messages',
    [{ role: 'tool', content: { type: 'function', function: { name: 'f' } } }],
    [],
  ],
  ['a model’s mere text', 'A', ['assistant: A'], 'assistant'],
  ['a tool’s payload holds no messages', { query: 'x', results: [{ title: 'a' }] }, []],
  ['nothing', undefined, []],
  ['null', null, []],
  [
    'content that is JSON is kept as JSON',
    [{ role: 'tool', content: { a: 1 }, tool_call_id: 'c1' }],
    ['tool: {"a":1} #c1'],
  ],
]
for (const [name, value, expected, plain] of rows) {
  test(`messages: ${name}`, () => assert.deepEqual(readMessages(value, plain).map(told), expected))
}

test('messages: a payload nested a thousand times ends', () => {
  let value: unknown = 'x'
  for (let i = 0; i < 1_000; i += 1) value = { input: value }
  assert.deepEqual(readMessages(value, 'user'), [])
})
