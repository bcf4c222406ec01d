import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { tokenCounter } from '../stages/token-counter.ts'
import { countApart } from './count-apart.ts'

test('count apart: the same number as in the thread that asks', async () => {
  const texts = ['', 'The refund was promised.', '現'.repeat(5_000), '<|endoftext|> lorem '.repeat(2_000)]
  const apart = countApart()
  const here = await tokenCounter(systemClock)
  assert.deepEqual(await Promise.all(texts.map(apart)), await Promise.all(texts.map(here)))
})
