import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromValues, readTraces } from './read-traces.ts'

const run = { id: 'r1', name: 'n', run_type: 'llm', trace_id: 'r1', start_time: '2026-01-01T00:00:00' }
const span = { traceId: 't', spanId: 's', name: 'n' }
const otlp = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
const child = { ...run, id: 'r2', trace_id: undefined }

const rows: readonly [name: string, text: string, expected: string][] = [
  ['LangSmith: a list', JSON.stringify([run]), 'langsmith r1'],
  ['LangSmith: one run', JSON.stringify(run), 'langsmith r1'],
  ['LangSmith: under runs', JSON.stringify({ runs: [run] }), 'langsmith r1'],
  [
    'LangSmith: a trace with its runs',
    JSON.stringify({ trace_id: 'r1', project_name: 'p', runs: [child, run] }),
    'langsmith r2 r1',
  ],
  ['LangSmith: a batch', JSON.stringify({ post: [run], patch: [{ ...run, end_time: 1 }] }), 'langsmith r1'],
  [
    'LangSmith: a line a run',
    `${JSON.stringify(run)}\n\n${JSON.stringify({ ...run, id: 'r2' })}\n`,
    'langsmith r1 r2',
  ],
  ['LangSmith: a webhook', JSON.stringify({ rule_id: 'x', runs: [run], feedback_stats: {} }), 'langsmith r1'],
  [
    'LangSmith: children inside',
    JSON.stringify({ ...run, child_runs: [{ ...child, child_runs: [{ ...child, id: 'r3' }] }] }),
    'langsmith r1 r2 r3',
  ],
  ['OTLP', JSON.stringify(otlp), 'otlp s'],
  ['OTLP: a line an export', `${JSON.stringify(otlp)}\n${JSON.stringify(otlp)}`, 'otlp s'],
  ['OTLP: a list of exports', JSON.stringify([otlp]), 'otlp s'],
  [
    'OTLP of older writers',
    JSON.stringify({ resourceSpans: [{ instrumentationLibrarySpans: [{ spans: [span] }] }] }),
    'otlp s',
  ],
  [
    'Langfuse: a trace that holds its observations',
    JSON.stringify({ id: 't', observations: [{ id: 'o', type: 'SPAN' }] }),
    'langfuse o',
  ],
  [
    'Langfuse: trace and observations',
    JSON.stringify({ trace: { id: 't' }, observations: [{ id: 'o' }] }),
    'langfuse o',
  ],
  ['no JSON', 'hello', 'refused: it is neither JSON nor one JSON value a line'],
  ['nothing', '', 'refused: it is neither JSON nor one JSON value a line'],
  [
    'JSON of another kind',
    '{"hello":1}',
    'refused: it is no trace that is known: LangSmith runs, Langfuse observations, OTLP resourceSpans',
  ],
]
for (const [name, text, expected] of rows) {
  test(`read traces: ${name}`, () => {
    const read = readTraces(text)
    const told = read.ok
      ? [read.value.format, ...read.value.runs.map(({ id }) => id)].join(' ')
      : `refused: ${read.fault}`
    assert.equal(told, expected)
  })
}

test('read traces: children inside belong to the trace of the outermost, each to its own parent', () => {
  const read = readTraces(
    JSON.stringify({ ...run, child_runs: [{ ...child, child_runs: [{ ...child, id: 'r3' }] }] }),
  )
  assert.ok(read.ok)
  assert.deepEqual(
    read.value.runs.map(({ traceId, parentId }) => [traceId, parentId]),
    [
      ['r1', undefined],
      ['r1', 'r1'],
      ['r1', 'r2'],
    ],
  )
})

const times: readonly [text: string | number, expectedMs: number][] = [
  ['2026-01-01T00:00:00', 1_767_225_600_000],
  ['2026-01-01T00:00:00Z', 1_767_225_600_000],
  ['2026-01-01 00:00:00.5', 1_767_225_600_500],
  ['2026-01-01T01:00:00.123456+01:00', 1_767_225_600_123.456],
  [1_767_225_600, 1_767_225_600_000],
  [1_767_225_600_000, 1_767_225_600_000],
  ['1767225600000000000', 1_767_225_600_000],
]
for (const [text, expectedMs] of times) {
  test(`read traces: the time ${text}`, () => {
    const read = fromValues([{ ...run, start_time: text }])
    const startedAtMs = read.ok ? read.value.runs[0]?.startedAtMs : undefined
    assert.ok(Math.abs((startedAtMs ?? 0) - expectedMs) < 0.001, `${startedAtMs}`)
  })
}

test('read traces: whatever a value holds, reading it ends without throwing', () => {
  const anything = fc.jsonValue({ maxDepth: 5 })
  const fields = (...names: readonly string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, anything])), { requiredKeys: [] })
  const message = fields(
    'role',
    'content',
    'type',
    'tool_calls',
    'parts',
    'kwargs',
    'id',
    'message',
    'data',
    'text',
    'toolName',
  )
  const pair = fc.record({
    key: fc.constantFrom(
      'gen_ai.input.messages',
      'llm.input_messages.0.message.role',
      'ai.prompt',
      'gen_ai.prompt.1.content',
      'input.value',
    ),
    value: fields('stringValue', 'intValue', 'arrayValue', 'kvlistValue'),
  })
  const value = fc.oneof(
    anything,
    fc.record({
      post: fc.array(
        fc.record({
          id: fc.string(),
          run_type: anything,
          dotted_order: anything,
          start_time: anything,
          inputs: fc.oneof(anything, fc.record({ messages: fc.array(message) })),
          outputs: anything,
          extra: anything,
        }),
      ),
    }),
    fc.record({
      observations: fc.array(
        fc.record({
          id: fc.string(),
          type: anything,
          input: fc.array(message),
          usageDetails: anything,
          metadata: anything,
        }),
      ),
    }),
    fc.record({
      resourceSpans: fc.array(
        fc.record({
          scopeSpans: fc.array(
            fc.record({
              spans: fc.array(
                fc.record({
                  traceId: fc.string(),
                  spanId: fc.string(),
                  attributes: fc.array(pair),
                  events: anything,
                  status: anything,
                }),
              ),
            }),
          ),
        }),
      ),
    }),
  )
  fc.assert(
    fc.property(value, (given) => void fromValues([given])),
    { numRuns: 150 },
  )
})
