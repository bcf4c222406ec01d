import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sumUsd } from './sum-usd.ts'

const rows: readonly [name: string, amounts: readonly (string | undefined)[], sum: string | undefined][] = [
  ['nothing is no amount', [undefined, undefined], undefined],
  ['one amount stays as it is', [undefined, '0.000120'], '0.000120'],
  ['no millionth is lost', ['0.100000', '0.200000', '0.000001'], '0.300001'],
  ['it carries over the point', ['0.999999', '0.000001'], '1.000000'],
  ['fewer places are as good', ['1', '0.5'], '1.500000'],
]

for (const [name, amounts, sum] of rows) test(`sum: ${name}`, () => assert.equal(sumUsd(amounts), sum))
