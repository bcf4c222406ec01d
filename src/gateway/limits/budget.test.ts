import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyBudget, expired, mayTake, setAside, setAsideMicroUsd, spend } from './budget.ts'

const rows: readonly [name: string, spent: number, aside: number, amount: number, is: string][] = [
  ['the first', 0, 0, 100, 'granted'],
  ['what fits beside the others', 500, 400, 100, 'granted'],
  ['what others have set aside', 500, 401, 100, 'wait'],
  ['the last, alone, though its estimate is larger', 950, 0, 500, 'granted'],
  ['the last, not alone', 950, 10, 500, 'wait'],
  ['nothing left', 1_000, 0, 1, 'spent'],
  ['nothing left, and others running', 1_200, 300, 1, 'spent'],
]
for (const [name, spentMicroUsd, aside, amount, is] of rows)
  test(`budget: ${name}`, () =>
    assert.equal(mayTake({ spentMicroUsd, setAsideMicroUsd: aside }, 1_000, amount), is))

test('budget: what is set aside is given back, and what is spent is counted', () => {
  const one = setAside(emptyBudget, { holder: 'a', microUsd: 300, untilMs: 100 })
  const two = setAside(one, { holder: 'b', microUsd: 200, untilMs: 200 })
  assert.equal(setAsideMicroUsd(two), 500)
  const spent = spend(two, 'a', 120)
  assert.deepEqual([spent.spentMicroUsd, setAsideMicroUsd(spent)], [120, 200])
  const late = expired(spent, 200)
  assert.equal(setAsideMicroUsd(late), 0)
  assert.equal(spend(late, 'b', 50).spentMicroUsd, 170)
})
