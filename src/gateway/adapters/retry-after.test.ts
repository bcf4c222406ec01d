import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfterMs } from './retry-after.ts'

const rows: readonly [name: string, headers: Record<string, string>, expected: number | undefined][] = [
  ['seconds', { 'retry-after': '2' }, 2_000],
  ['milliseconds win', { 'retry-after-ms': '1500', 'retry-after': '2' }, 1_500],
  [
    'a date',
    { 'retry-after': 'Wed, 21 Oct 2026 07:28:05 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' },
    5_000,
  ],
  [
    'a date in the past',
    { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT', date: 'Wed, 21 Oct 2026 07:28:05 GMT' },
    undefined,
  ],
  [
    'a date in 2099 is clamped',
    { 'retry-after': 'Wed, 21 Oct 2099 07:28:00 GMT', date: 'Wed, 21 Oct 2026 07:28:05 GMT' },
    86_400_000,
  ],
  ['negative', { 'retry-after': '-1' }, undefined],
  ['far too long is clamped', { 'retry-after': '1000000000' }, 86_400_000],
  ['not a number', { 'retry-after': 'NaN' }, undefined],
  ['two headers joined', { 'retry-after': '2, 3' }, undefined],
  [
    'a reset of a used-up window',
    { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' },
    360_000,
  ],
  [
    'a reset of a window with room',
    { 'x-ratelimit-remaining-tokens': '9', 'x-ratelimit-reset-tokens': '6m0s' },
    undefined,
  ],
  ['nothing', {}, undefined],
]
for (const [name, headers, expected] of rows) {
  test(`retry after: ${name}`, () => assert.equal(retryAfterMs(headers), expected))
}
