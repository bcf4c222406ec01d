import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTally } from './tally.ts'

test('tally: what has the same labels is added up, and taken once', () => {
  const tally = openTally()
  const faults = (code: string, by: number) =>
    tally.add('adaptive_mind_faults_total', { provider: 'a', class: 'server', code }, by)
  faults('upstream_error', 1)
  faults('upstream_cut', 2)
  faults('upstream_error', 3)
  tally.add('adaptive_mind_refused_total', { code: 'upstream_error' }, 1)
  assert.deepEqual(
    tally.take().map(([name, { code }, by]) => [name, code, by]),
    [
      ['adaptive_mind_faults_total', 'upstream_error', 4],
      ['adaptive_mind_faults_total', 'upstream_cut', 2],
      ['adaptive_mind_refused_total', 'upstream_error', 1],
    ],
  )
  assert.deepEqual(tally.take(), [])
})
