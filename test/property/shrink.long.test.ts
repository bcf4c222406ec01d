import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stepDefects } from './defective/step-defects.ts'
import { judgeScene, judgeSeed } from './judge.ts'
import { shrink } from './shrink.ts'
import { drawScene } from './simulation/draw-scene.ts'

const defect = stepDefects.find(({ name }) => name === 'targets are called in the opposite order')

test('a scene shrinks to the request that shows the defect, and still shows it', async () => {
  assert.ok(defect)
  const isCaught = ({ invariant }: { readonly invariant: string }) => invariant === defect.caughtBy
  let seed = 1
  while (!(await judgeSeed(seed, defect.replaced)).broken.some(isCaught)) seed += 1
  const smallest = await shrink(drawScene(seed), defect.caughtBy, defect.replaced)
  assert.equal(smallest.requests.length, 1)
  assert.equal(smallest.configs.length, 1)
  assert.deepEqual(
    smallest.providers.map(({ spells }) => spells.length),
    smallest.providers.map(() => 0),
  )
  assert.ok((await judgeScene(smallest, defect.replaced)).broken.some(isCaught))
})
