/** What is erased or too old is in no file any more, and the ledger still verifies and says what became of it. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { createNotary } from '../../src/record/notary.ts'
import { startGateway } from '../e2e/gateway-process.ts'
import { defaults, ledgerCommand, openTestLedger, recordOf } from './filled-ledger.ts'

const canary = 'the-canary-sings-at-dawn'

/** Files of a directory in which the text stands. */
function filesWith(dir: string, text: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map(({ name }) => name)
}

const audits = (dir: string) => {
  const lines = ledgerCommand(dir, 'export').stdout.trim().split('\n')
  return lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'audit')
}

test('erase: by end user, beside a running gateway: no file holds the texts, the chain is whole, the note is there', async (t) => {
  const gateway = await startGateway(`
providers: { gone: { dialect: openai, base_url: "http://127.0.0.1:9/v1", keys: [k], models: [m] } }
routes: { chat: { targets: [ { provider: gone, models: [m] } ] } }
attempts: { max: 1 }
ledger: { previews: full, content: stored }
`)
  t.after(async () => {
    await gateway.kill()
    gateway.remove()
  })
  const data = join(gateway.dir, 'data')
  const ask = (user: string, text: string) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'chat', user, messages: [{ role: 'user', content: text }] }),
    }).then((answer) => answer.text())
  for (let at = 0; at < 40; at += 1)
    await ask(at % 4 === 0 ? 'user-4711' : 'user-1', at % 4 === 0 ? `${canary} ${at}` : `ordinary ${at}`)
  for (let turn = 0; turn < 60 && !filesWith(data, canary).join().includes('runs'); turn += 1)
    await systemClock.sleep(50)
  assert.ok(filesWith(data, canary).length > 1)
  assert.deepEqual(filesWith(data, 'user-4711'), [])
  const erased = ledgerCommand(data, 'erase', '--subject', 'user-4711', '--json')
  assert.equal(erased.status, 0, erased.stderr)
  const told = JSON.parse(erased.stdout)
  assert.deepEqual([told.requests, told.erased, told.traces], [10, 10, 10])
  assert.ok(told.events > 0, JSON.stringify(told))
  assert.deepEqual(filesWith(data, canary), [])
  assert.ok(filesWith(data, 'ordinary').length > 0)
  assert.equal(ledgerCommand(data, 'verify').status, 0)
  assert.equal(await gateway.end(), 0)
  assert.deepEqual(filesWith(data, canary), [])
  const [note] = audits(data)
  assert.deepEqual(
    [note.action, note.detail.erased, note.detail.requestIds.length],
    ['content_erased', 10, 10],
  )
  assert.equal(ledgerCommand(data, 'erase', '--subject', 'nobody').status, 1)
})

test('erase: by request, with no gateway running', async (t) => {
  const { dir, open, remove } = await openTestLedger()
  t.after(remove)
  const { ledger, installationKey } = open
  const notary = createNotary({
    ledger,
    installationKey,
    turn: async () => {},
    rules: () => ({ ...defaults.ledger, previews: 'full', content: 'stored' }),
  })
  const records = Array.from({ length: 20 }, () => recordOf())
  for (const [at, record] of records.entries())
    await notary.record(record, {
      initialPrompt: at === 7 ? canary : 'ordinary',
      finalResponse: 'x'.repeat(900),
    })
  await ledger.close()
  const id = records[7]?.requestId ?? ''
  assert.equal(JSON.parse(ledgerCommand(dir, 'show', id, '--json').stdout).previews.initialPrompt, canary)
  const erased = ledgerCommand(dir, 'erase', '--request', id)
  assert.match(erased.stdout, /texts of 1 of 1 requests/, erased.stderr)
  assert.deepEqual(filesWith(dir, canary), [])
  assert.deepEqual(JSON.parse(ledgerCommand(dir, 'show', id, '--json').stdout).previews, {})
  assert.equal(JSON.parse(ledgerCommand(dir, 'verify', '--json').stdout).entries, 21)
  assert.equal(ledgerCommand(dir, 'erase', '--request', 'req_none').status, 1)
  assert.equal(ledgerCommand(dir, 'erase').status, 2)
})

test('retention: previews, then entries, by age; the ledger notes it and verifies without its beginning', async (t) => {
  const { dir, open, notary, remove } = await openTestLedger()
  t.after(remove)
  const hourMs = 3_600_000
  const ago = (hours: number) => new Date(systemClock.wallMs() - hours * hourMs).toISOString()
  for (let at = 0; at < 30; at += 1)
    await notary.record(recordOf({ atUtc: ago(30 - at) }), { initialPrompt: `${canary} ${at}` })
  await open.ledger.close()
  const retention = { previewsForMs: 5.5 * hourMs, entriesForMs: 10.5 * hourMs, everyMs: 200 }
  const again = await openTestLedger({ dir, retention })
  const countOf = (table: string) => {
    const db = new DatabaseSync(join(dir, 'journal.sqlite'), { readOnly: true })
    const row = db
      .prepare(`SELECT count(*) AS n FROM ${table} ${table === 'entries' ? "WHERE outcome <> 'AUDIT'" : ''}`)
      .get()
    db.close()
    return Number(row?.['n'])
  }
  for (let at = 0; at < 60 && countOf('entries') > 10; at += 1) await systemClock.sleep(100)
  assert.deepEqual([countOf('entries'), countOf('previews')], [10, 5])
  await again.open.ledger.close()
  assert.deepEqual(again.problems, [])
  assert.deepEqual(
    audits(dir).map(({ action }) => action),
    ['previews_aged', 'entries_removed'],
  )
  const verdict = JSON.parse(ledgerCommand(dir, 'verify', '--json').stdout)
  assert.deepEqual([verdict.ok, verdict.entries, verdict.removedThrough], [true, 12, 20])
  const db = new DatabaseSync(join(dir, 'journal.sqlite'))
  db.exec('DELETE FROM entries WHERE seq = 21')
  db.close()
  assert.match(ledgerCommand(dir, 'verify').stderr, /Entry 21 .*no note of its removal/)
})

test('retention: the oldest entries go where the journal is too large', async (t) => {
  const { dir, open, notary, remove } = await openTestLedger({
    retention: { journalMaxBytes: 300_000, everyMs: 300 },
  })
  t.after(remove)
  for (let at = 0; at < 200; at += 1)
    void notary.record(recordOf({ route: 'r'.repeat(3_000) }), { initialPrompt: 'x' })
  const firstSeq = () => {
    const db = new DatabaseSync(join(dir, 'journal.sqlite'), { readOnly: true })
    const row = db.prepare('SELECT min(seq) AS seq FROM entries').get()
    db.close()
    return Number(row?.['seq'])
  }
  for (let turn = 0; turn < 100 && firstSeq() <= 51; turn += 1) await systemClock.sleep(100)
  await open.ledger.close()
  const verdict = JSON.parse(ledgerCommand(dir, 'verify', '--json').stdout)
  assert.ok(verdict.ok, JSON.stringify(verdict))
  assert.ok(verdict.removedThrough > 50 && verdict.entries > 20, JSON.stringify(verdict))
})
