import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareNaturally, dottedStep, idsOf } from './dotted-order.ts'
import { orderRuns, type TreeNode } from './run-tree.ts'

const at = (id: string, startedAtMs: number, parentId?: string): TreeNode => ({ id, startedAtMs, parentId })
const dotted = (id: string, dottedOrder: string, parentId?: string): TreeNode => ({
  id,
  dottedOrder,
  parentId,
})

const rows: readonly [name: string, nodes: readonly TreeNode[], order: string, odd?: string][] = [
  ['parents come before children', [at('b', 1, 'a'), at('a', 2)], 'a0 b1'],
  ['siblings as they began', [at('a', 0), at('c', 5, 'a'), at('b', 3, 'a')], 'a0 b1 c1'],
  [
    'a subtree stays together',
    [at('a', 0), at('b', 1, 'a'), at('c', 2, 'a'), at('d', 3, 'b')],
    'a0 b1 d2 c1',
  ],
  ['an orphan stands as a root and is named', [at('a', 0), at('b', 1, 'gone')], 'a0 b0', 'orphan b'],
  ['a circle is opened and named', [at('a', 0), at('b', 2, 'c'), at('c', 1, 'b')], 'a0 c0 b1', 'cycle c'],
  ['a run that is its own parent', [at('a', 0, 'a')], 'a0', 'cycle a'],
  [
    'orders made by hand count as people do',
    [dotted('a', '1'), dotted('j', '1.10', 'a'), dotted('b', '1.2', 'a')],
    'a0 b1 j1',
  ],
  ['two roots', [at('b', 2), at('a', 1)], 'a0 b0'],
  ['no runs', [], ''],
]
for (const [name, nodes, order, odd] of rows) {
  test(`run tree: ${name}`, () => {
    const { placed, orphans, cycles } = orderRuns(nodes)
    assert.equal(placed.map(({ node, depth }) => `${node.id}${depth}`).join(' '), order)
    const said = [...orphans.map((id) => `orphan ${id}`), ...cycles.map((id) => `cycle ${id}`)]
    assert.equal(said.join(', '), odd ?? '')
  })
}

test('run tree: a chain of 20,000 runs is walked without recursion', () => {
  const nodes = Array.from({ length: 20_000 }, (_, i) => at(`n${i}`, i, i === 0 ? undefined : `n${i - 1}`))
  assert.equal(orderRuns(nodes).placed.at(-1)?.depth, 19_999)
})

test('dotted order: a step holds microseconds, and ids are read back', () => {
  const id = '0d3e5a3c-5b0a-4b7e-9d1c-0a1b2c3d4e5f'
  const step = dottedStep(Date.UTC(2024, 9, 13, 7, 5, 37, 170) + 0.25, id)
  assert.equal(step, `20241013T070537170250Z${id}`)
  assert.deepEqual(idsOf(`${step}.${step}`), [id, id])
  assert.equal(idsOf('1.2'), undefined)
})

test('dotted order: numbers compare as numbers', () => {
  assert.deepEqual(['1.10', '1.9', '1', '1.2.1'].sort(compareNaturally), ['1', '1.2.1', '1.9', '1.10'])
})
