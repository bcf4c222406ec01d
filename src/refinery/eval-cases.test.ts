import assert from 'node:assert/strict'
import { test } from 'node:test'
import { analyze } from './analyze.ts'
import { type EvalCase, gatherEvals, isSameRequest, readEvalFile } from './eval-cases.ts'
import { readTrace } from './import/read-trace.ts'

type Row = [name: string, path: string, text: string, cases: readonly (readonly string[])[]]

const rows: readonly Row[] = [
  ['one case', 'a.json', '{"input":"Q","expected":"A"}', [['a.json', 'Q', 'A']]],
  [
    'as an analysis extracts it',
    'eval_case_01.json',
    '{"input":{"question":"Q"},"expected":{"answer":"A"}}',
    [['eval_case_01.json', 'Q', 'A']],
  ],
  [
    'a list',
    'a.json',
    '[{"question":"Q","ideal":"A"},{"question":"R","ideal":"B"}]',
    [
      ['a.json case 1', 'Q', 'A'],
      ['a.json case 2', 'R', 'B'],
    ],
  ],
  [
    'JSON lines with messages',
    'a.jsonl',
    '{"input":[{"role":"user","content":"Q"}],"ideal":"A"}\n{"input":"R","ideal":["B"]}\n',
    [
      ['a.jsonl case 1', 'Q', 'A'],
      ['a.jsonl case 2', 'R', 'B'],
    ],
  ],
  [
    'a data set of inputs and outputs, under a name',
    'a.json',
    '{"examples":[{"inputs":{"q":"Q"},"outputs":{"a":"A"}}]}',
    [['a.json', 'Q', 'A']],
  ],
  ['YAML', 'a.yaml', 'cases:\n  - input: Q\n    expected: A\n', [['a.yaml', 'Q', 'A']]],
  ['words', 'a.md', 'The agent never promises.\n', [['a.md', '', 'The agent never promises.']]],
  ['JSON that expects nothing is words', 'a.json', '{"input":"Q"}', [['a.json', '', '{"input":"Q"}']]],
  ['nothing', 'a.md', ' \n', []],
]

for (const [name, path, text, cases] of rows)
  test(`eval cases: ${name}`, () => {
    const read = readEvalFile({ path, text })
    assert.deepEqual(
      read.map((one) => [one.name, one.input, one.expected]),
      cases,
    )
  })

test('eval cases: the same request says the same words, in any order and case', () => {
  assert.ok(isSameRequest('Cancel my subscription, and refund it', 'and refund it; cancel my SUBSCRIPTION'))
  assert.ok(!isSameRequest('Cancel my subscription', 'Cancel my flight to Zurich'))
  assert.ok(!isSameRequest('Cancel', 'Cancel my flight to Zurich today'))
  assert.ok(isSameRequest('You are an agent.\nCancel my flight\nuser-17', 'Cancel my flight'))
  assert.ok(!isSameRequest('', ''))
})

const trace = (more: object = {}) => {
  const read = readTrace(
    JSON.stringify({
      trace_id: 't',
      runs: [
        {
          id: 'r1',
          name: 'agent',
          run_type: 'llm',
          inputs: { messages: [{ role: 'user', content: 'When does the parcel arrive?' }] },
          outputs: { messages: [{ role: 'assistant', content: 'Parcels leave the warehouse on Monday.' }] },
          ...more,
        },
      ],
    }),
  )
  if (!read.ok) throw new Error(read.fault)
  return read.value
}

const statuses = (evals: readonly { path: string; text: string }[], more = {}) => {
  const { gaps, outcome, notes } = analyze(trace(more), { expected: '', evals })
  return { gaps: gaps.map(({ clause, status }) => [clause, status]), outcome, notes }
}
const about = (expected: unknown, input = 'When does the parcel arrive?') => [
  { path: 'evals/parcel.json', text: JSON.stringify({ input, expected }) },
]

test('eval cases: a case about this request is a gap where its answer did not come out', () => {
  const missed = statuses(about('It arrives on 17 May'))
  assert.deepEqual(missed.gaps, [['evals/parcel.json: It arrives on 17 May', 'missing']])
  assert.equal(missed.outcome, 'failure_found')
  assert.ok(missed.notes.includes('Read 1 evaluation case; 1 of them about this request: evals/parcel.json'))
  assert.deepEqual(statuses(about('leave the warehouse on Monday')).gaps, [
    ['evals/parcel.json: leave the warehouse on Monday', 'met'],
  ])
  // A number has no words: it stands in the answer or it does not.
  assert.deepEqual(statuses(about(42)).gaps, [['evals/parcel.json: 42', 'missing']])
})

test('eval cases: a case about another request is counted and claims nothing', () => {
  const other = statuses(about('A refund', 'Refund my order'))
  assert.deepEqual(other.gaps, [])
  assert.equal(other.outcome, 'no_failure_found')
  assert.ok(other.notes.includes('Read 1 evaluation case; none is about this request'))
})

test('eval cases: what the trace itself expects is read and held against nothing, and a text counts once', () => {
  const more = { metadata: {}, extra: { metadata: { reference_output: 'It arrives on 17 May' } } }
  const runs = trace(more).runs
  const [only, ...others] = gatherEvals([], runs, 'When does the parcel arrive?').cases as readonly EvalCase[]
  assert.equal(only?.expected, 'It arrives on 17 May')
  assert.deepEqual(others, [])
  const own = statuses([], more)
  assert.deepEqual([own.gaps, own.outcome], [[], 'no_failure_found'])
  assert.match(own.notes.join(), /Read 1 evaluation case; /)
  assert.equal(statuses(about('It arrives on 17 May'), more).gaps.length, 1)
})
