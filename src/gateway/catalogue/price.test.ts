import assert from 'node:assert/strict'
import { test } from 'node:test'
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
for (const [name, input, output, [read, written], expected] of rows) {
  test(`price: ${name}`, () =>
    assert.equal(costUsd({ input, output }, { input: read, output: written }), expected))
}
