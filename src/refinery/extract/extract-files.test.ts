import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTrace } from '../import/read-trace.ts'
import { type Extracted, extractedLine, extractFiles } from './extract-files.ts'

type Wire = Readonly<Record<string, unknown>>
const llm = (id: string, inputs: unknown, more: Wire = {}): Wire => ({
  id,
  trace_id: 't',
  name: 'Planner',
  run_type: 'llm',
  dotted_order: id,
  inputs,
  ...more,
})
function extract(...runs: readonly Wire[]): Extracted {
  const trace = readTrace(JSON.stringify({ runs }))
  assert.ok(trace.ok)
  return extractFiles(trace.value.runs)
}

const lc = (python: boolean, kind: string, content: string) => ({
  lc: 1,
  type: 'constructor',
  id: python
    ? ['langchain', 'schema', 'messages', `${kind}Message`]
    : ['langchain_core', 'messages', `${kind}Message`],
  kwargs: { content },
})

/** Every shape gives the same two files. */
const shapes: readonly (readonly [name: string, inputs: unknown])[] = [
  [
    'role and content',
    {
      messages: [
        { role: 'system', content: 'S' },
        { role: 'user', content: 'U' },
      ],
    },
  ],
  [
    'LangChain’s constructors of Python, in a list of lists',
    { messages: [[lc(true, 'System', 'S'), lc(true, 'Human', 'U')]] },
  ],
  [
    'LangChain’s constructors of JavaScript',
    { messages: [lc(false, 'System', 'S'), lc(false, 'Human', 'U')] },
  ],
  [
    'type and content',
    {
      messages: [
        { type: 'system', content: 'S' },
        { type: 'human', content: 'U' },
      ],
    },
  ],
  [
    'type and data',
    {
      messages: [
        { type: 'system', data: { content: 'S' } },
        { type: 'human', data: { content: 'U' } },
      ],
    },
  ],
  [
    'tuples',
    {
      messages: [
        ['system', 'S'],
        ['human', 'U'],
      ],
    },
  ],
  ['one prompt text', { prompts: ['System: S\nHuman: U'] }],
  [
    'messages as a JSON text',
    {
      messages: JSON.stringify([
        { role: 'system', content: 'S' },
        { role: 'user', content: 'U' },
      ]),
    },
  ],
  [
    'blocks',
    {
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'S' }] },
        { role: 'user', content: [{ type: 'text', text: 'U' }] },
      ],
    },
  ],
]
for (const [name, inputs] of shapes)
  test(`extract: ${name}`, () => {
    const { prompts } = extract(llm('1', inputs))
    assert.deepEqual(
      prompts.map(({ path, text }) => [path, text]),
      [
        ['system_01_Planner.md', 'S'],
        ['user_01_Planner.md', 'U'],
      ],
    )
  })

test('extract: a prompt that is sent again and again is one file with its runs', () => {
  const said = { messages: [{ role: 'system', content: 'S' }] }
  const { prompts } = extract(
    llm('1', said),
    llm('2', said),
    llm('3', { messages: [{ role: 'system', content: 'other' }] }),
  )
  assert.deepEqual(
    prompts.map(({ path, runIds }) => [path, runIds]),
    [
      ['system_01_Planner.md', ['1', '2']],
      ['system_02_Planner.md', ['3']],
    ],
  )
})

test('extract: a template has places to fill in, and JSON is none', () => {
  const { prompts } = extract(
    llm('1', {
      prompt_template: 'Answer {question} for {{customer.name}}',
      prompt_json: '{"a": {"b": 1}}',
      note: '{x}',
    }),
  )
  assert.deepEqual(
    prompts.filter(({ path }) => path.startsWith('template')).map(({ path }) => path),
    ['template_01_prompt_template.md'],
  )
})

test('extract: an evaluation case needs an expectation; a run that went well is none', () => {
  const { evals } = extract(
    llm('1', { question: 'Q', expected: 'A' }),
    llm('2', { inputs: { question: 'R' }, reference_outputs: { answer: 'B' } }),
    llm('3', { question: 'Q' }, { outputs: { answer: 'A' } }),
  )
  assert.deepEqual(
    evals.map(({ path, text }) => [path, JSON.parse(text)]),
    [
      ['eval_case_01.json', { input: { question: 'Q' }, expected: 'A' }],
      ['eval_case_02.json', { input: { question: 'R' }, expected: { answer: 'B' } }],
    ],
  )
})

const named: readonly (readonly [name: string, expected: string])[] = [
  ['../../etc/passwd', 'system_01_etc-passwd.md'],
  ['C:\\x\\y', 'system_01_C-x-y.md'],
  ['…', 'system_01_run.md'],
  ['a'.repeat(300), `system_01_${'a'.repeat(40)}.md`],
]
for (const [name, expected] of named)
  test(`extract: a run named ${name.slice(0, 20)} leads to no other folder`, () => {
    const { prompts } = extract(llm('1', { messages: [{ role: 'system', content: 'S' }] }, { name }))
    assert.equal(prompts[0]?.path, expected)
  })

const settings: readonly (readonly [name: string, more: Wire, expected: Wire])[] = [
  [
    'LangSmith’s metadata',
    { extra: { metadata: { ls_model_name: 'm', ls_temperature: 0.2, ls_max_tokens: 100 } } },
    { temperature: 0.2, max_tokens: 100 },
  ],
  [
    'LangSmith’s parameters',
    { extra: { invocation_params: { model: 'm', temperature: 0, stop: ['x'], tools: [] } } },
    { temperature: 0, stop: ['x'] },
  ],
  [
    'inputs as they were sent',
    { inputs: { model: 'm', max_completion_tokens: 9, top_p: 0.5 } },
    { max_tokens: 9, top_p: 0.5 },
  ],
]
for (const [name, more, expected] of settings)
  test(`extract: settings of models from ${name}`, () => {
    const { models } = extract(llm('1', {}, more))
    assert.deepEqual(models, [{ model: 'm', settings: expected, runIds: ['1'] }])
  })

test('extract: settings of Langfuse and of spans', () => {
  const langfuse = readTrace(
    JSON.stringify({
      trace: { id: 't' },
      observations: [
        { id: 'o', type: 'GENERATION', model: 'm', modelParameters: { temperature: 1, maxTokens: 5 } },
      ],
    }),
  )
  const attribute = (key: string, value: object) => ({ key, value })
  const attributes = [
    attribute('gen_ai.request.model', { stringValue: 'm' }),
    attribute('gen_ai.operation.name', { stringValue: 'chat' }),
    attribute('gen_ai.request.temperature', { doubleValue: 0.5 }),
  ]
  const otlp = readTrace(
    JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 't', spanId: 's', name: 'x', attributes }] }] }],
    }),
  )
  assert.ok(langfuse.ok && otlp.ok)
  assert.deepEqual(extractFiles(langfuse.value.runs).models[0]?.settings, { temperature: 1, max_tokens: 5 })
  assert.deepEqual(extractFiles(otlp.value.runs).models[0]?.settings, { temperature: 0.5 })
})

test('extract: the agent, and the line that is told', () => {
  const extracted = extract(
    llm(
      '1',
      { messages: [{ role: 'system', content: 'S' }] },
      { error: 'x', start_time: 1_790_000_000_000, end_time: 1_790_000_002_000, session_name: 'p' },
    ),
  )
  assert.deepEqual(extracted.agent, {
    name: 'Planner',
    project: 'p',
    totalRuns: 1,
    failedRuns: 1,
    durationMs: 2_000,
  })
  assert.equal(extractedLine(extracted), 'Extracted and saved 1 prompt file, 0 eval files')
})
