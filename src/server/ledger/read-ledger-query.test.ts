import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeCursor } from '../../record/ledger-query.ts'
import { readEventFilter, readLedgerListing } from './read-ledger-query.ts'

const cursor = writeCursor({ atUtc: '2026-01-01T00:00:00.000Z', seq: 7 })

const rows: readonly [name: string, query: Record<string, string>, expected: object | string][] = [
  ['nothing given', {}, { limit: 50 }],
  [
    'times in any form of ISO 8601',
    { from: '2026-01-01T02:00:00+02:00' },
    { limit: 50, fromUtc: '2026-01-01T00:00:00.000Z' },
  ],
  ['a segment', { segment: 'blue' }, { limit: 50, segment: { tag: 'segment', value: 'blue' } }],
  [
    'a segment by another tag',
    { segment: 'x', by: 'team' },
    { limit: 50, segment: { tag: 'team', value: 'x' } },
  ],
  ['a cursor', { cursor }, { limit: 50, after: { atUtc: '2026-01-01T00:00:00.000Z', seq: 7 } }],
  ['a cursor that is none', { cursor: 'abc' }, 'cursor'],
  ['an outcome that is none', { outcome: 'GREAT' }, 'outcome'],
  ['a page too large', { limit: '1001' }, 'limit'],
  ['a time that is none', { to: 'tomorrow' }, 'to'],
  ['a parameter that is none', { colour: 'red' }, 'colour'],
]
for (const [name, query, expected] of rows)
  test(`ledger query: ${name}`, () => {
    const read = readLedgerListing(query)
    if (typeof expected === 'string')
      assert.ok(!read.ok && read.fault.param === expected, JSON.stringify(read))
    else assert.deepEqual(read.ok && JSON.parse(JSON.stringify(read.value.filter)), expected)
  })

test('events query: a severity that is none is refused', () => {
  const read = readEventFilter({ severity: 'LOUD' })
  assert.ok(!read.ok && read.fault.param === 'severity')
})
