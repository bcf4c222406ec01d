import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTally, type Timings } from './tally.ts'

test('tally: what has the same labels is added up, and taken once', () => {
  const tally = openTally(() => {})
  const faults = (code: string, by: number) =>
    tally.count('adaptive_mind_faults_total', { provider: 'a', class: 'server', code }, by)
  faults('upstream_error', 1)
  faults('upstream_cut', 2)
  faults('upstream_error', 3)
  tally.count('adaptive_mind_refused_total', { code: 'upstream_error' }, 1)
  assert.deepEqual(
    tally.take().counts.map(({ name, labels, by }) => [name, labels['code'], by]),
    [
      ['adaptive_mind_faults_total', 'upstream_error', 4],
      ['adaptive_mind_faults_total', 'upstream_cut', 2],
      ['adaptive_mind_refused_total', 'upstream_error', 1],
    ],
  )
  assert.deepEqual(tally.take(), { counts: [], timings: [] })
})

test('tally: times are gathered, each is told once, and no more gather than a bound', () => {
  const full: Timings[] = []
  const tally = openTally((timings) => void full.push(timings))
  for (let at = 0; at < 1_300; at += 1)
    tally.time('adaptive_mind_attempt_duration_seconds', { provider: at % 100 === 0 ? 'b' : 'a' }, at)
  const { timings } = tally.take()
  const told = [...full, ...timings].flatMap(({ seconds }) => seconds)
  assert.deepEqual(
    told.sort((one, other) => one - other),
    Array.from({ length: 1_300 }, (_, at) => at),
  )
  assert.deepEqual(
    full.map(({ seconds }) => seconds.length),
    [512, 512],
  )
  assert.deepEqual(timings.map(({ labels, seconds }) => [labels['provider'], seconds.length]).sort(), [
    ['a', 263],
    ['b', 13],
  ])
})
