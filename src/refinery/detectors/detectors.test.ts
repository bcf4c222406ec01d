import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findFailures } from '../find-failures.ts'
import { readTrace } from '../import/read-trace.ts'
import { detectors } from './all.ts'

type Wire = Readonly<Record<string, unknown>>

/** Runs under one root, in order. */
function trace(...runs: readonly Wire[]) {
  const root = {
    id: 'root',
    name: 'Agent',
    run_type: 'chain',
    inputs: { question: 'Which is the cheapest available kettle under $120?' },
  }
  const wires = [
    root,
    ...runs.map((run, at) => ({
      id: `r${at + 1}`,
      parent_run_id: 'root',
      dotted_order: `1.${at + 1}`,
      ...run,
    })),
  ]
  const read = readTrace(
    JSON.stringify({
      trace_id: 't',
      runs: wires.map((run) => ({ dotted_order: '1', trace_id: 't', ...run })),
    }),
  )
  if (!read.ok) throw new Error(read.fault)
  return read.value.runs
}
const model = (said: unknown, more: Wire = {}): Wire => ({
  name: 'Planner',
  run_type: 'llm',
  inputs: { messages: [{ role: 'user', content: 'Go on' }] },
  outputs: typeof said === 'string' ? { messages: [{ role: 'assistant', content: said }] } : said,
  ...more,
})
const tool = (inputs: unknown, outputs: unknown, more: Wire = {}): Wire => ({
  name: 'Search',
  run_type: 'tool',
  inputs,
  outputs,
  ...more,
})
const told = (system: string, user: string): Wire => ({
  inputs: {
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
  },
})
const items = {
  items: [
    { id: 'a1', price: 137.5 },
    { id: 'a2', price: 164.25 },
  ],
}
const asks = {
  messages: [
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'c1', function: { name: 'Search', arguments: '{}' } }],
    },
  ],
}

/** `expected`: the run that is named, or nothing. */
const rows: readonly (readonly [
  detector: string,
  name: string,
  runs: readonly Wire[],
  expected: string | undefined,
])[] = [
  [
    'tool-failure',
    'a time-out is the tool’s',
    [model('I search'), tool({ q: 1 }, null, { error: 'timed out after 30 s' })],
    'r2',
  ],
  [
    'tool-failure',
    'a result that says it failed',
    [tool({ q: 1 }, { ok: false, error: { message: 'connection refused' } })],
    'r1',
  ],
  [
    'tool-failure',
    'refused arguments are not the tool’s',
    [model('x'), tool({ q: 1 }, null, { error: 'missing field "name"' })],
    undefined,
  ],
  ['tool-failure', 'a result is no failure', [tool({ q: 1 }, items)], undefined],
  [
    'invalid-invocation',
    'refused arguments are the caller’s',
    [model('I search {"q":1}'), tool({ q: 1 }, null, { error: 'schema error: name is required' })],
    'r1',
  ],
  [
    'invalid-invocation',
    'an outage is nobody’s call',
    [model('x'), tool({ q: 1 }, null, { error: 'invalid gateway: 502' })],
    undefined,
  ],
  [
    'ignored-error',
    'the next step speaks as if nothing were',
    [tool({ q: 1 }, null, { error: 'connection refused' }), model('The cheapest is a1.')],
    'r2',
  ],
  [
    'ignored-error',
    'the next step says so',
    [tool({ q: 1 }, null, { error: 'connection refused' }), model('The search failed, sorry.')],
    undefined,
  ],
  [
    'failed-execution',
    'code that ends with an error is its author’s',
    [
      model('```python\nx\n```'),
      tool({}, { messages: [{ role: 'tool', content: 'exitcode: 1 (execution failed)\nNameError: x' }] }),
    ],
    'r1',
  ],
  [
    'failed-execution',
    'code that ends well',
    [model('```python\n1\n```'), tool({}, { messages: [{ role: 'tool', content: 'exitcode: 0\n1' }] })],
    undefined,
  ],
  [
    'lost-constraint',
    'a condition turned off',
    [
      model({ plan: { available: false, kind: 'kettle', below: 120 } }),
      tool({ available: false, kind: 'kettle', below: 120 }, items),
    ],
    'r1',
  ],
  [
    'lost-constraint',
    'a bound left out',
    [model({ plan: { available: true, kind: 'kettle' } }), tool({ available: true, kind: 'kettle' }, items)],
    'r1',
  ],
  [
    'lost-constraint',
    'all conditions kept',
    [
      model({ plan: { available: true, kind: 'kettle', below: 120 } }),
      tool({ available: true, kind: 'kettle', below: 120 }, items),
    ],
    undefined,
  ],
  [
    'closed-choice',
    'no choice fits',
    [
      model(
        { intent: 'billing', confidence: 0.4 },
        told('Classify into one of: [billing, shipping]', 'Delete my account'),
      ),
    ],
    'r1',
  ],
  [
    'closed-choice',
    'a choice fits',
    [
      model(
        { intent: 'billing', confidence: 0.9 },
        told('Classify into one of: [billing, shipping]', 'A question on billing'),
      ),
    ],
    undefined,
  ],
  [
    'contradicted-result',
    'the wrong row of a superlative',
    [tool({ q: 1 }, items), model('The cheapest costs 164.25.')],
    'r2',
  ],
  [
    'contradicted-result',
    'the right row',
    [tool({ q: 1 }, items), model('The cheapest costs 137.50, that is 137.5.')],
    undefined,
  ],
  [
    'contradicted-result',
    'none, though there are some',
    [tool({ q: 1 }, items), model('No items match that.')],
    'r2',
  ],
  [
    'contradicted-result',
    'none, and there are none',
    [tool({ q: 1 }, { items: [] }), model('No items match that.')],
    undefined,
  ],
  ['invented-fact', 'a figure from nowhere', [tool({ q: 1 }, items), model('It costs 99.95.')], 'r2'],
  ['invented-fact', 'a figure of the result', [tool({ q: 1 }, items), model('It costs 137.5.')], undefined],
  [
    'broken-promise',
    'a promise without a tool',
    [model('I’ve noted it: I will exclude it from now on.'.replace('’', "'"))],
    'r1',
  ],
  [
    'broken-promise',
    'a promise with a tool',
    [
      model('', {
        outputs: {
          messages: [
            {
              role: 'assistant',
              content: 'I will remember that.',
              tool_calls: [{ id: 'c', function: { name: 'save', arguments: '{}' } }],
            },
          ],
        },
      }),
    ],
    undefined,
  ],
  ['unsupported-assumption', 'an assumption', [model('Assuming that it is available, I choose a1.')], 'r1'],
  ['unsupported-assumption', 'no assumption', [model('I choose a1.')], undefined],
  [
    'unsupported-figure',
    'three figures from nowhere',
    [model('It weighs 850 g, holds 1.7 l and has 2400 W.')],
    'r1',
  ],
  ['unsupported-figure', 'figures of the request', [model('It must cost less than 120.')], undefined],
  [
    'format-violation',
    'prose where JSON was asked for',
    [model('Sure! Here you are.', told('Answer only in JSON.', 'Go'))],
    'r1',
  ],
  [
    'format-violation',
    'JSON in a fence',
    [model('```json\n{"a":1}\n```', told('Answer only in JSON.', 'Go'))],
    undefined,
  ],
  ['empty-output', 'silence before another step', [model(''), model('Yes')], 'r1'],
  [
    'empty-output',
    'a call is no silence',
    [model('', { outputs: asks }), tool({ id: 'c1' }, items)],
    undefined,
  ],
  [
    'truncated-output',
    'stopped by the limit',
    [
      model({
        choices: [{ finish_reason: 'length', message: { role: 'assistant', content: 'And th' } }],
        meta: { finish_reason: 'length' },
      }),
    ],
    'r1',
  ],
  ['truncated-output', 'stopped by itself', [model('And that is all.')], undefined],
  [
    'context-overflow',
    'the model says so',
    [model('', { error: 'This model’s maximum context length is 8192 tokens' })],
    'r1',
  ],
  [
    'repeated-call',
    'three times the same',
    [tool({ q: 'kettle' }, items), tool({ q: 'kettle' }, items), tool({ q: 'kettle' }, items)],
    'r2',
  ],
  [
    'repeated-call',
    'twice the same',
    [tool({ q: 'kettle' }, items), tool({ q: 'kettle' }, items)],
    undefined,
  ],
  ['unanswered-call', 'nobody answers', [model('', { outputs: asks }), model('So it is.')], 'r1'],
  [
    'unanswered-call',
    'the tool answers',
    [model('', { outputs: asks }), tool({ id: 'c1' }, items), model('So it is.')],
    undefined,
  ],
  ['empty-retrieval', 'an empty list', [tool({ q: 'kettle' }, { documents: [] })], 'r1'],
  ['empty-retrieval', 'a list', [tool({ q: 'kettle' }, { documents: ['one'] })], undefined],
  [
    'failed-check',
    'a check says no',
    [
      model('x'),
      { name: 'Check', run_type: 'chain', inputs: {}, outputs: { is_valid: false, reason: 'too short' } },
    ],
    'r2',
  ],
  [
    'failed-check',
    'a check says yes',
    [model('x'), { name: 'Check', run_type: 'chain', inputs: {}, outputs: { is_valid: true } }],
    undefined,
  ],
  [
    'failed-run',
    'a step with an error',
    [{ name: 'Chain', run_type: 'chain', inputs: {}, error: 'boom' }],
    'r1',
  ],
]
for (const [detector, name, runs, expected] of rows)
  test(`detector ${detector}: ${name}`, () => {
    const { findings } = findFailures(trace(...runs))
    const found = findings.filter((finding) => finding.detector === detector)
    assert.equal(found[0]?.runId, expected)
    for (const { quote, says, confidence } of found)
      assert.ok(quote !== '' && says !== '' && confidence > 0 && confidence <= 1)
  })

test('detectors: each has rows here, and one where it stays silent unless it cannot', () => {
  const tested = new Set(rows.map(([id]) => id))
  assert.deepEqual(
    detectors.map(({ id }) => id).filter((id) => !tested.has(id)),
    [],
  )
})

test('detectors: one that is switched off says nothing, and a suppressed finding is gone', () => {
  const runs = trace(model('Assuming that it is available, I choose a1.'))
  assert.equal(findFailures(runs, { off: new Set(['unsupported-assumption']) }).findings.length, 0)
  const [finding] = findFailures(runs).findings
  assert.equal(findFailures(runs, { suppressed: new Set([finding?.id ?? '']) }).findings.length, 0)
})
