import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayRepeat, openRetryBudget, payIn, type RetryOptions, takeOut } from './retry-budget.ts'

/** `r` a request, `x` a wanted repeat; numbers are waits in ms. The letters of what was let through are expected. */
type Row = [name: string, options: RetryOptions, happens: readonly (string | number)[], expected: string]
const rows: readonly Row[] = [
  ['a quiet provider has its free repeats', { share: 0.2, perMinute: 2 }, ['rxx'], 'rxx'],
  ['and no more', { share: 0, perMinute: 2 }, ['rxxxx'], 'rxx'],
  ['free ones come back over a minute', { share: 0, perMinute: 2 }, ['xx', 29_000, 'x', 1_000, 'x'], 'xxx'],
  ['at most a minute’s worth is saved up', { share: 0, perMinute: 2 }, ['xx', 600_000, 'xxx'], 'xxxx'],
  ['five requests pay for one repeat', { share: 0.2, perMinute: 0 }, ['xrrrrxrxx'], 'rrrrrx'],
  ['a tenth ten times is one', { share: 0.1, perMinute: 0 }, ['rrrrrrrrrrxx'], 'rrrrrrrrrrx'],
  ['without share and free ones nothing is repeated', { share: 0, perMinute: 0 }, ['rrrx'], 'rrr'],
]

for (const [name, options, happens, expected] of rows) {
  test(`retry budget: ${name}`, () => {
    let nowMs = 0
    let budget = openRetryBudget(options, nowMs)
    let through = ''
    for (const one of happens) {
      if (typeof one === 'number') nowMs += one
      else
        for (const letter of one) {
          if (letter === 'x' && !mayRepeat(budget, options, nowMs)) continue
          budget = letter === 'r' ? payIn(budget, options, nowMs) : takeOut(budget, options, nowMs)
          through += letter
        }
    }
    assert.equal(through, expected)
  })
}

test('retry budget: a request on a full budget leaves the very same value', () => {
  const options = { share: 0.2, perMinute: 10 }
  const full = openRetryBudget(options, 0)
  assert.equal(payIn(full, options, 5), full)
})
