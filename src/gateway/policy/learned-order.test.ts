import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LearnedScore } from '../../protocol/learning.ts'
import { exploredShare, learnedOrder } from './learned-order.ts'

const targets = ['a', 'b', 'c'].map((provider) => ({ provider, model: 'm' }))
const good: LearnedScore = { samples: 10, success: 1, resilience: 1, latencyMs: 100 }
const no = 0.5

type Scores = Readonly<Record<string, Partial<LearnedScore>>>
const rows: readonly [name: string, scores: Scores, draw: number, order: string][] = [
  ['nothing learned: as written', {}, no, 'a b c learned'],
  ['all well: as written', { a: {}, b: {}, c: {} }, no, 'a b c learned'],
  ['one that fails goes last', { a: { success: 0.5 }, b: {}, c: {} }, no, 'b c a learned'],
  ['one that is slow goes last', { a: { latencyMs: 400 }, b: {}, c: {} }, no, 'b c a learned'],
  ['a little slower is noise', { a: { latencyMs: 120 }, b: {}, c: {} }, no, 'a b c learned'],
  ['a few failures are noise', { a: { success: 0.95 }, b: {}, c: {} }, no, 'a b c learned'],
  ['four samples are not trusted', { a: { samples: 4, success: 1 }, b: {}, c: {} }, no, 'b c a learned'],
  [
    'untrusted failures do not condemn',
    { a: { samples: 4, success: 0 }, b: { success: 0.4 } },
    no,
    'a c b learned',
  ],
  ['exploring tries another first', { a: {}, b: {}, c: {} }, 0, 'b a c explored'],
  ['exploring tries each of the others', { a: {}, b: {}, c: {} }, exploredShare * 0.9, 'c a b explored'],
  ['from the share on nothing is explored', { a: {}, b: {}, c: {} }, exploredShare, 'a b c learned'],
]
for (const [name, scores, draw, expected] of rows) {
  test(`learned order: ${name}`, () => {
    const order = learnedOrder(
      targets,
      ({ provider }) => (scores[provider] ? { ...good, ...scores[provider] } : undefined),
      draw,
    )
    const told = [...order.targets.map(({ provider }) => provider), order.selectionMode].join(' ')
    assert.equal(told, expected)
  })
}

test('learned order: one target is never explored away', () => {
  const order = learnedOrder(targets.slice(0, 1), () => undefined, 0)
  assert.deepEqual(order, { targets: targets.slice(0, 1), selectionMode: 'learned' })
})
