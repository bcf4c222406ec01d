import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planText, progressText, span } from './plan-text.ts'

test('plan: what it takes, in three lines', () => {
  const plan = {
    runs: 35,
    groups: 6,
    calls: 9,
    tokens: 67_217,
    windows: 3,
    lowerBoundMs: 170_000,
    endsInMs: 187_400,
    isGuessed: false,
  }
  assert.equal(
    planText(plan),
    '35 runs in 6 groups, 9 calls, about 67,217 tokens in 3 minutes\nends in about 3 m 07 s (no schedule ends before 2 m 50 s)\nthe price of the model is not known',
  )
  assert.match(
    planText({ ...plan, isGuessed: true, estimatedCostUsd: '0.10' }),
    /about 3 m 07 s; a guess, told again as answers come\n[\s\S]*0\.10 USD/,
  )
})

test('plan: spans of time', () => {
  assert.deepEqual([400, 12_300, 59_700, 247_000].map(span), ['0.4 s', '12 s', '1 m 00 s', '4 m 07 s'])
})

test('progress: a group that fails says why', () => {
  assert.equal(
    progressText({ kind: 'stage1_group_failed', group: 'g02', runs: 6, why: 'cut, twice' }),
    'g02: FAILED, 6 runs not analysed: cut, twice',
  )
})
