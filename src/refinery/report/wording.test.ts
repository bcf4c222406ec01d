import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Analysis, ModelUse } from '../analysis.ts'
import { modelLine } from './wording.ts'

const use: ModelUse = {
  model: 'careful',
  servedBy: ['openai/gpt-5'],
  retrieval: 'inline',
  calls: 4,
  reused: 0,
  inputTokens: 12_000,
  outputTokens: 1_500,
  tookMs: 42_000,
  costUsd: '0.031000',
}

const amounts = '13,500 tokens (12,000 in, 1,500 out)'
const rows: readonly [name: string, use: Partial<ModelUse>, method: Analysis['method'], line: string][] = [
  [
    'a route says who answered',
    {},
    'model',
    `Model: careful, answered by openai/gpt-5. 4 calls, ${amounts}, 0.031000 USD, 42 s.`,
  ],
  [
    'a model that was named itself',
    { model: 'openai/gpt-5', calls: 1 },
    'model',
    `Model: openai/gpt-5. 1 call, ${amounts}, 0.031000 USD, 42 s.`,
  ],
  [
    'a simulated one says so',
    { model: 'sandbox/analyst', servedBy: ['sandbox/analyst'] },
    'simulated',
    `Simulated model: sandbox/analyst. 4 calls, ${amounts}, 0.031000 USD, 42 s.`,
  ],
  [
    'answers that were used again',
    { calls: 0, reused: 4 },
    'model',
    `Model: careful, answered by openai/gpt-5. 0 calls, ${amounts}, 0.031000 USD, 42 s, 4 answers of an earlier analysis used again.`,
  ],
]

for (const [name, more, method, line] of rows)
  test(`model of a report: ${name}`, () => {
    assert.equal(modelLine({ method, modelUse: { ...use, ...more } }), line)
  })

test('model of a report: a price that is not known is said, and without a model nothing is', () => {
  const { costUsd: _cost, ...unknown } = use
  assert.match(modelLine({ method: 'model', modelUse: unknown }), /cost not known/)
  assert.equal(modelLine({ method: 'deterministic' }), '')
})
