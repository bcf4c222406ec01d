import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan } from '../../protocol/plan.ts'
import { embeddingPlan } from './embedding-plan.ts'

const targetOf = (name: string) => {
  const [provider = '', ...model] = name.split(' ')
  return { provider, model: model.join(' ') }
}
const planOf = (names: readonly string[]): Plan => ({
  route: 'r',
  targets: names.map(targetOf),
  leftOut: [],
  selectionMode: 'priority',
})
const obstacle = ({ provider }: { provider: string }) =>
  provider.startsWith('no') ? 'its dialect has no embeddings' : undefined

const rows: readonly [name: string, targets: readonly string[], mayMix: boolean, kept: readonly string[]][] =
  [
    ['the same model at two providers stays', ['a x', 'b x'], false, ['a x', 'b x']],
    ['another model is left out', ['a x', 'b y', 'c x'], false, ['a x', 'c x']],
    [
      'names with a vendor, a collection or a tag',
      ['a openai/X', 'b models/x', 'c x:latest'],
      false,
      ['a openai/X', 'b models/x', 'c x:latest'],
    ],
    ['another size is another model', ['a x:small', 'b x:large'], false, ['a x:small']],
    ['the first that can give vectors names the model', ['no x', 'b y', 'c x'], false, ['b y']],
    ['configured to be mixed, all stay that can', ['a x', 'no x', 'b y'], true, ['a x', 'b y']],
  ]
for (const [name, targets, mayMix, kept] of rows) {
  test(`embedding plan: ${name}`, () => {
    const plan = embeddingPlan(planOf(targets), { obstacle, mayMix })
    assert.ok(plan.ok)
    assert.deepEqual(
      plan.value.targets.map(({ provider, model }) => `${provider} ${model}`),
      kept,
    )
    assert.equal(plan.value.leftOut.length, targets.length - kept.length)
    assert.ok(plan.value.leftOut.every(({ because }) => because !== ''))
  })
}

test('embedding plan: nobody gives vectors', () => {
  const plan = embeddingPlan(planOf(['no x', 'none y']), { obstacle, mayMix: false })
  assert.ok(!plan.ok)
  assert.deepEqual([plan.fault.code, plan.fault.status], ['not_implemented', 501])
  assert.match(plan.fault.message, /no\/x: its dialect has no embeddings; none\/y/)
})
