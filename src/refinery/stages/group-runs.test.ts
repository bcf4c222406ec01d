import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupRuns, type Sized } from './group-runs.ts'

/** `a`, its child `a.b`: parents by what stands before the last dot. */
const run = (runId: string, tokens = 10): Sized => ({
  runId,
  tokens,
  parentId: runId.includes('.') ? runId.slice(0, runId.lastIndexOf('.')) : undefined,
})
const runs = (text: string) => text.split(' ').map((one) => run(one))

const rows: readonly [
  name: string,
  pieces: readonly Sized[],
  limits: { runs: number; tokens: number },
  groups: string,
][] = [
  ['nothing', [], { runs: 6, tokens: 100 }, ''],
  ['all that fits stands together', runs('a a.b a.c'), { runs: 6, tokens: 100 }, 'a a.b a.c'],
  ['by number', runs('a b c d e'), { runs: 2, tokens: 100 }, 'a b | c d | e'],
  ['by tokens', runs('a b c d e'), { runs: 6, tokens: 25 }, 'a b | c d | e'],
  ['a subtree that fits is not cut', runs('a b b.x b.y c'), { runs: 3, tokens: 100 }, 'a | b b.x b.y | c'],
  [
    'one that does not is cut inside',
    runs('r r.a r.a.x r.b r.b.x r.b.y'),
    { runs: 3, tokens: 100 },
    'r r.a r.a.x | r.b r.b.x r.b.y',
  ],
  [
    'a run above the limit stands alone',
    [run('a'), run('b', 200), run('c')],
    { runs: 6, tokens: 100 },
    'a | b | c',
  ],
  [
    'parts of a run count as one run',
    [run('a', 60), run('a', 60), run('b', 30)],
    { runs: 1, tokens: 100 },
    'a | a | b',
  ],
]
for (const [name, pieces, limits, expected] of rows)
  test(`groups: ${name}`, () => {
    const groups = groupRuns(pieces, limits)
    assert.equal(groups.map((group) => group.map(({ runId }) => runId).join(' ')).join(' | '), expected)
    assert.deepEqual(groups.flat(), pieces)
  })
