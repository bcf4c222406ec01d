import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Usage } from '../../protocol/reply.ts'
import { costUsd } from './price.ts'

const rows: readonly [
  name: string,
  input: string,
  output: string,
  tokens: [number, number],
  expected: string,
][] = [
  ['a million of each', '0.15', '0.60', [1_000_000, 1_000_000], '0.750000'],
  ['a small call', '0.15', '0.60', [3, 2], '0.000002'],
  ['half a micro-dollar rounds up', '0.5', '0', [1, 0], '0.000001'],
  ['less than half rounds down', '0.4', '0', [1, 0], '0.000000'],
  ['whole dollars', '15', '75', [1_000_000, 2_000_000], '165.000000'],
  ['tenths that binary fractions cannot hold', '0.1', '0.2', [1_000_000, 1_000_000], '0.300000'],
  ['nothing', '0', '0', [5, 5], '0.000000'],
]
const cached: readonly [name: string, usage: Usage, expected: string][] = [
  ['cached tokens at their own price', { input: 1_000_000, output: 0, cachedInput: 1_000_000 }, '0.300000'],
  ['tokens written to the cache', { input: 1_000_000, output: 0, cacheWriteInput: 1_000_000 }, '3.750000'],
  [
    'each kind of input once',
    { input: 1_000_000, output: 0, cachedInput: 500_000, cacheWriteInput: 200_000 },
    '1.800000',
  ],
  ['more cached than read is no credit', { input: 0, output: 0, cachedInput: 1_000_000 }, '0.300000'],
]
const prices = { input: '3.00', output: '15.00', cachedInput: '0.30', cacheWrite: '3.75' }
for (const [name, usage, expected] of cached) {
  test(`price: ${name}`, () => assert.equal(costUsd(prices, usage), expected))
}

test('price: without prices of their own, cached tokens cost what input costs', () => {
  const usage = { input: 1_000_000, output: 0, cachedInput: 400_000, cacheWriteInput: 100_000 }
  assert.equal(costUsd({ input: '2', output: '0' }, usage), '2.000000')
})

for (const [name, input, output, [read, written], expected] of rows) {
  test(`price: ${name}`, () =>
    assert.equal(costUsd({ input, output }, { input: read, output: written }), expected))
}
