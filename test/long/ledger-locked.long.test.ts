import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { ledgerCommand, openTestLedger, recordOf } from '../ledger/filled-ledger.ts'

test('fault: a store locked for 30 seconds: no request waits, one line each way, every entry is written', async (t) => {
  const { dir, open, notary, problems, remove } = await openTestLedger()
  t.after(remove)
  const db = new DatabaseSync(join(dir, 'journal.sqlite'))
  db.exec('BEGIN IMMEDIATE')
  const endAtMs = systemClock.monoMs() + 30_000
  let entries = 0
  let slow = 0
  for (; systemClock.monoMs() < endAtMs; entries += 1) {
    const startMs = systemClock.monoMs()
    await notary.record(recordOf(), { initialPrompt: 'question' })
    if (systemClock.monoMs() - startMs >= 240) slow += 1
    await systemClock.sleep(20)
  }
  db.exec('ROLLBACK')
  db.close()
  const isDone = () => open.ledger.health().isWell && open.ledger.health().waiting === 0
  for (let turn = 0; turn < 100 && !isDone(); turn += 1) await systemClock.sleep(100)
  const isAllWritten = isDone()
  await open.ledger.close()
  assert.ok(isAllWritten, 'it was not written before the end')
  t.diagnostic(`${entries} entries, ${slow} waited`)
  assert.equal(slow, 0, `${slow} of ${entries} waited`)
  assert.deepEqual(
    problems.map((line) => line.replace(/:.*/, '')),
    ['the ledger is not written', 'the ledger is written again'],
  )
  const verdict = JSON.parse(ledgerCommand(dir, 'verify', '--json').stdout)
  assert.deepEqual([verdict.ok, verdict.entries], [true, entries])
})
