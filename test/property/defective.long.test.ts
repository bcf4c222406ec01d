import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allDefects, defectivePolicies } from './defective/all.ts'
import type { Defect } from './defective/defect.ts'
import { allInvariants } from './invariants/all.ts'
import { ofPairs } from './invariants/of-pairs.ts'
import { judgeSeed } from './judge.ts'

/** The first seed in which the invariant finds the defect without anything having been thrown. */
async function seedThatCatches({
  replaced,
  caughtBy,
  from = 1,
  within,
}: Defect): Promise<number | undefined> {
  for (let seed = from; seed <= within; seed += 1) {
    const { history, broken } = await judgeSeed(seed, replaced)
    const hasThrown = history.notes.some(({ what }) => what === 'threw') || history.left.unhandled.length > 0
    if (!hasThrown && broken.some(({ invariant }) => invariant === caughtBy)) return seed
  }
  return undefined
}

for (const defect of allDefects)
  test(`${defect.caughtBy} catches: ${defect.name}`, async () => {
    assert.notEqual(await seedThatCatches(defect), undefined)
  })

test('fifteen policies at least are tried with a defect', () => {
  assert.ok(defectivePolicies.length >= 15)
})

test('every invariant catches a defect', () => {
  const caught = new Set(allDefects.map(({ caughtBy }) => caughtBy))
  const names = new Set([...allInvariants, ...ofPairs].map(({ name }) => name))
  assert.deepEqual(
    [...names].filter((name) => !caught.has(name)),
    [],
  )
})
