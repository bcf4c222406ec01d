import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sinceOf, storedRange } from './stored-range.ts'

const nowMs = Date.UTC(2026, 0, 10)
const rows: readonly (readonly [given: string | undefined, expected: number | undefined])[] = [
  [undefined, undefined],
  ['7d', Date.UTC(2026, 0, 3)],
  ['12h', nowMs - 12 * 3_600_000],
  ['30m', nowMs - 30 * 60_000],
  ['2026-01-01', Date.UTC(2026, 0, 1)],
  ['a week', Number.NaN],
  ['-7d', Number.NaN],
]
for (const [given, expected] of rows)
  test(`since: ${given}`, () => assert.equal(sinceOf(given, nowMs), expected))

test('stored range: limits are whole numbers in their bounds', () => {
  for (const limit of ['0', '1.5', 'x', '10001']) assert.equal(storedRange({ limit }, 10).ok, false, limit)
  const range = storedRange({ project: 'p' }, 10)
  assert.ok(range.ok)
  assert.deepEqual(range.value, { tenant: 'default', limit: 10, project: 'p' })
})
