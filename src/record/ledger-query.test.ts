import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { LedgerOutcome } from '../protocol/ledger-entry.ts'
import { migrations } from './journal-schema.ts'
import { ledgerQuery } from './ledger-query.ts'

/** Each step of the plan, in SQLite's words. */
function planOf(db: DatabaseSync, outcome: LedgerOutcome | undefined): string {
  const { sql, values } = ledgerQuery({ ...(outcome === undefined ? {} : { outcome }), limit: 50 })
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
  return steps.map(({ detail }) => String(detail)).join('; ')
}

const newFile = (): DatabaseSync => {
  const db = new DatabaseSync(':memory:')
  for (const step of migrations) db.exec(step)
  return db
}

/** As files were that an earlier version made. */
const olderFile = (): DatabaseSync => {
  const db = newFile()
  db.exec('DROP INDEX entries_by_outcome; CREATE INDEX entries_by_outcome ON entries (outcome, at_utc)')
  return db
}

for (const [name, open] of [
  ['new', newFile],
  ['older', olderFile],
] as const)
  test(`ledger query: what failed is found by its index, in a file that is ${name}`, () => {
    const db = open()
    assert.equal(planOf(db, 'FAILURE'), 'SEARCH entries USING INDEX entries_by_outcome (outcome=?)')
    assert.match(planOf(db, undefined), /^SCAN entries USING INDEX entries_by_time$/)
    db.close()
  })

test('ledger query: successes are read by time, and are in no index of outcomes', () => {
  const db = newFile()
  assert.equal(planOf(db, 'SUCCESS'), 'SCAN entries USING INDEX entries_by_time')
  db.close()
})
