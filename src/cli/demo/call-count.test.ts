import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCallCount, median } from './call-count.ts'
import { sceneAt } from './scenes.ts'

const medians: readonly (readonly [string, readonly number[], number | undefined])[] = [
  ['none', [], undefined],
  ['one', [4.04], 4],
  ['the lower of two', [9, 3], 3],
  ['unordered', [30, 1, 2], 2],
]
for (const [name, values, expected] of medians)
  test(`demo: the median of ${name}`, () => assert.equal(median(values), expected))

const shares: readonly (readonly [number, string])[] = [
  [0, 'all three providers are healthy'],
  [0.1, 'first answers 503'],
  [0.3, 'second answers 429 to all its keys, too'],
  [0.99, 'all have healed'],
]
for (const [share, says] of shares)
  test(`demo: at ${share} of the run: ${says}`, () => assert.equal(sceneAt(share).says, says))

test('demo: a call is counted once, with its reason where it failed', () => {
  const count = createCallCount()
  for (let at = 0; at < 3; at += 1) count.sent()
  count.ended({ ok: true, value: 12 })
  count.ended({ ok: false, fault: 'cut' })
  count.ended({ ok: false, fault: 'cut' })
  assert.deepEqual(count.view(), { sent: 3, answered: 1, failed: 2, p50Ms: 12, reasons: ['cut'] })
})
