import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecoveryWay } from '../../config/config.ts'
import { recoveryWays, type Said } from './recovery-ways.ts'

const all: readonly RecoveryWay[] = ['prefill', 'align', 'continue']
const text: Said = {
  text: 'One two',
  calledTool: false,
  manyChoices: false,
  isTooLong: false,
  finished: false,
  isDamaged: false,
}
const rows: readonly [name: string, said: Said, prefill: boolean | undefined, ways: string][] = [
  ['a model that takes prefill is given every way', text, true, 'prefill,align,continue'],
  ['a model not known to take it is not prefilled', text, undefined, 'align,continue'],
  ['a model known not to take it is not prefilled', text, false, 'align,continue'],
  ['after thinking alone it is asked anew', { ...text, text: ' ' }, true, 'align'],
  ['a begun tool call is not recovered', { ...text, calledTool: true }, true, ''],
  ['an answer too long to be kept is not recovered', { ...text, isTooLong: true }, true, ''],
  ['nothing is added behind what is wrong', { ...text, isDamaged: true }, true, ''],
  ['nothing is added behind a finish', { ...text, finished: true }, true, ''],
  ['several choices are not recovered', { ...text, manyChoices: true }, true, ''],
]
for (const [name, said, prefill, ways] of rows)
  test(`recovery: ${name}`, () => {
    assert.equal(recoveryWays(all, said, { prefill }).join(), ways)
  })
test('recovery: only what the route allows', () => {
  assert.deepEqual(recoveryWays(['continue'], text, { prefill: true }), ['continue'])
  assert.deepEqual(recoveryWays([], text, { prefill: true }), [])
})
