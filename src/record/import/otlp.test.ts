import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunUpdate } from '../../protocol/run.ts'
import { readOtlp } from './otlp.ts'

const anyValue = (value: unknown): object => {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
const pairs = (attributes: Record<string, unknown>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))

interface Given {
  readonly attributes: Record<string, unknown>
  readonly events?: readonly { readonly name: string; readonly attributes: Record<string, unknown> }[]
  readonly status?: object
}

function read({ attributes, events = [], status }: Given): RunUpdate {
  const span = {
    traceId: 't1',
    spanId: 's1',
    parentSpanId: '',
    name: 'span',
    startTimeUnixNano: '1736935200000000000',
    endTimeUnixNano: '1736935201500000000',
    attributes: pairs(attributes),
    events: events.map((one) => ({ name: one.name, attributes: pairs(one.attributes) })),
    status,
  }
  const runs = readOtlp({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }) ?? []
  assert.equal(runs.length, 1)
  return runs[0] as RunUpdate
}

const told = ({ runType, provider, model, usage, sessionId, messages, error }: RunUpdate) =>
  [
    runType,
    provider,
    model,
    usage && `${usage.input}/${usage.output}`,
    sessionId,
    ...(messages?.input ?? []).map(({ role, text }) => `> ${role}: ${text}`),
    ...(messages?.output ?? []).map(
      ({ role, text, toolCalls }) =>
        `< ${role}: ${text}${(toolCalls ?? []).map(({ name }) => `!${name}`).join('')}`,
    ),
    error && `error ${error}`,
  ]
    .filter((one) => one !== undefined)
    .join(' | ')

const rows: readonly [name: string, given: Given, expected: string][] = [
  [
    'GenAI conventions as they stand',
    {
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'm',
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.output_tokens': 2,
        'gen_ai.conversation.id': 'conv',
        'gen_ai.system_instructions': '[{"type":"text","content":"S"}]',
        'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]',
        'gen_ai.output.messages':
          '[{"role":"assistant","parts":[{"type":"tool_call","name":"f","arguments":{}}]}]',
      },
    },
    'llm | openai | m | 3/2 | conv | > system: S | > user: Hi | < assistant: !f',
  ],
  [
    'GenAI conventions, messages as events',
    {
      attributes: { 'gen_ai.system': 'openai', 'gen_ai.operation.name': 'chat' },
      events: [
        { name: 'gen_ai.system.message', attributes: { content: 'S' } },
        { name: 'gen_ai.user.message', attributes: { content: 'Hi' } },
        { name: 'gen_ai.choice', attributes: { index: 0, message: '{"role":"assistant","content":"A"}' } },
      ],
    },
    'llm | openai | > system: S | > user: Hi | < assistant: A',
  ],
  [
    'GenAI conventions, the oldest events',
    {
      attributes: { 'gen_ai.system': 'openai' },
      events: [
        {
          name: 'gen_ai.content.prompt',
          attributes: { 'gen_ai.prompt': '[{"role":"user","content":"Hi"}]' },
        },
        {
          name: 'gen_ai.content.completion',
          attributes: { 'gen_ai.completion': '[{"role":"assistant","content":"A"}]' },
        },
      ],
    },
    'chain | openai | > user: Hi | < assistant: A',
  ],
  [
    'OpenLLMetry',
    {
      attributes: {
        'llm.request.type': 'chat',
        'gen_ai.system': 'OpenAI',
        'gen_ai.request.model': 'm',
        'gen_ai.prompt.0.role': 'user',
        'gen_ai.prompt.0.content': 'Hi',
        'gen_ai.completion.0.content': 'A',
        'gen_ai.completion.0.tool_calls.0.name': 'f',
        'gen_ai.completion.0.tool_calls.0.arguments': '{}',
        'gen_ai.usage.prompt_tokens': 3,
        'gen_ai.usage.completion_tokens': 2,
      },
    },
    'llm | OpenAI | m | 3/2 | > user: Hi | < assistant: A!f',
  ],
  [
    'OpenLLMetry: a step',
    {
      attributes: {
        'traceloop.span.kind': 'tool',
        'traceloop.entity.name': 'f',
        'traceloop.entity.input': '{"a":1}',
      },
    },
    'tool',
  ],
  [
    'OpenInference',
    {
      attributes: {
        'openinference.span.kind': 'LLM',
        'llm.model_name': 'm',
        'llm.provider': 'openai',
        'llm.token_count.prompt': 3,
        'llm.token_count.completion': 2,
        'session.id': 'conv',
        'llm.input_messages.0.message.role': 'user',
        'llm.input_messages.0.message.content': 'Hi',
        'llm.output_messages.0.message.role': 'assistant',
        'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': 'f',
        'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments': '{}',
      },
    },
    'llm | openai | m | 3/2 | conv | > user: Hi | < assistant: !f',
  ],
  [
    'OpenInference: a model with mere texts',
    { attributes: { 'openinference.span.kind': 'LLM', 'input.value': 'Hi', 'output.value': 'A' } },
    'llm | > user: Hi | < assistant: A',
  ],
  [
    'OpenInference: a retriever’s text is no message',
    { attributes: { 'openinference.span.kind': 'RETRIEVER', 'input.value': 'Hi' } },
    'retriever',
  ],
  [
    'the AI SDK',
    {
      attributes: {
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.model.id': 'm',
        'ai.model.provider': 'openai.chat',
        'ai.prompt.messages': '[{"role":"user","content":[{"type":"text","text":"Hi"}]}]',
        'ai.response.text': 'A',
        'ai.response.toolCalls': '[{"toolCallId":"c","toolName":"f","input":"{}"}]',
        'ai.usage.inputTokens': 3,
        'ai.usage.outputTokens': 2,
      },
    },
    'llm | openai.chat | m | 3/2 | > user: Hi | < assistant: A!f',
  ],
  [
    'the AI SDK: a tool',
    {
      attributes: { 'ai.operationId': 'ai.toolCall', 'ai.toolCall.name': 'f', 'ai.toolCall.args': '{"a":1}' },
    },
    'tool',
  ],
  [
    'Langfuse',
    {
      attributes: {
        'langfuse.observation.type': 'generation',
        'langfuse.observation.model.name': 'm',
        'langfuse.observation.input': '[{"role":"user","content":"Hi"}]',
        'langfuse.observation.output': 'A',
        'langfuse.observation.usage_details': '{"input":3,"output":2}',
        'langfuse.session.id': 'conv',
      },
    },
    'llm | m | 3/2 | conv | > user: Hi | < assistant: A',
  ],
  [
    'an error takes the exception’s words',
    {
      attributes: {},
      status: { code: 2 },
      events: [{ name: 'exception', attributes: { 'exception.type': 'E', 'exception.message': 'broke' } }],
    },
    'chain | error E: broke',
  ],
  [
    'a list numbered without end is no list',
    { attributes: { 'gen_ai.prompt.99999999.role': 'user' } },
    'llm',
  ],
  ['a word that every object has', { attributes: { 'gen_ai.operation.name': 'constructor' } }, 'chain'],
  [
    'a kind that every object has',
    { attributes: { 'openinference.span.kind': 'CONSTRUCTOR' } },
    'constructor',
  ],
  ['a name that every object has', { attributes: { 'gen_ai.prompt.__proto__.role': 'user' } }, 'llm'],
]
for (const [name, given, expected] of rows) {
  test(`otlp: ${name}`, () => assert.equal(told(read(given)), expected))
}

test('otlp: nanoseconds become ms with fractions', () => {
  const { startedAtMs, endedAtMs } = read({ attributes: {} })
  assert.deepEqual([startedAtMs, endedAtMs], [1_736_935_200_000, 1_736_935_201_500])
})

test('otlp: payloads do not stand a second time in the metadata', () => {
  const { metadata } = read({ attributes: { 'gen_ai.prompt.0.content': 'secret', 'http.route': '/x' } })
  assert.deepEqual(metadata, { 'http.route': '/x' })
})
