/** Real faults of the store: locked, full, read-only, damaged, of a newer version. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { openLedger } from '../../src/record/ledger.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { startGateway } from '../e2e/gateway-process.ts'
import { filledLedger, ledgerCommand, ledgerOptions, openTestLedger, recordOf } from './filled-ledger.ts'

const journalOf = (dir: string) => join(dir, 'journal.sqlite')
const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

/** Holds the write lock as another program would, until it is released. */
function lock(dir: string): () => void {
  const db = new DatabaseSync(journalOf(dir))
  db.exec('BEGIN IMMEDIATE')
  return () => {
    db.exec('ROLLBACK')
    db.close()
  }
}

const texts = { initialPrompt: 'question', finalResponse: 'answer' }

test('fault: a locked store: nobody waits, it is told once, and all is written when it is free', async (t) => {
  const { dir, open, notary, problems, remove } = await openTestLedger()
  t.after(remove)
  assert.equal((await notary.record(recordOf(), texts)).ok, true)
  const release = lock(dir)
  const waits: number[] = []
  for (let at = 0; at < 40; at += 1) {
    const startMs = systemClock.monoMs()
    assert.equal((await notary.record(recordOf(), texts)).ok, true)
    waits.push(systemClock.monoMs() - startMs)
    await systemClock.sleep(50)
  }
  const usual = waits.sort((one, other) => one - other)[20] ?? 0
  assert.ok(usual < 20, `usually ${usual} ms`)
  assert.equal(open.ledger.health().isWell, false)
  release()
  for (let at = 0; at < 100 && !open.ledger.health().isWell; at += 1) await systemClock.sleep(100)
  assert.equal((await notary.record(recordOf(), texts)).ok, true)
  await open.ledger.close()
  assert.deepEqual(
    problems.map((line) => line.replace(/:.*/, '')),
    ['the ledger is not written', 'the ledger is written again'],
  )
  const verdict = JSON.parse(ledgerCommand(dir, 'verify', '--json').stdout)
  assert.deepEqual([verdict.ok, verdict.entries], [true, 42])
})

test('fault: closing waits for a lock that ends in time', async (t) => {
  const { dir, open, notary, remove } = await openTestLedger()
  t.after(remove)
  const release = lock(dir)
  await notary.record(recordOf(), texts)
  const closed = open.ledger.close()
  await systemClock.sleep(1_500)
  release()
  await closed
  assert.equal(JSON.parse(ledgerCommand(dir, 'list', '--json').stdout).length, 1)
})

test('fault: recording is required and the store is locked: 503, at once after the first, and nothing is sent', async (t) => {
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const config = `
providers: { house: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k], models: [m] } }
routes: { chat: { targets: [ { provider: house, models: [m] } ] } }
ledger: { mode: required }
`
  const gateway = await startGateway(config)
  t.after(async () => {
    await gateway.kill()
    gateway.remove()
    await sandbox.close()
  })
  const ask = async () => {
    const startMs = systemClock.monoMs()
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    const { error } = (await answer.json()) as { error?: { code: string } }
    return { status: answer.status, code: error?.code, tookMs: systemClock.monoMs() - startMs }
  }
  assert.equal((await ask()).status, 200)
  const release = lock(join(gateway.dir, 'data'))
  const refused = [await ask()]
  for (let at = 0; at < 9; at += 1) refused.push(await ask())
  assert.deepEqual(
    new Set(refused.map(({ status, code }) => `${status} ${code}`)),
    new Set(['503 ledger_unavailable']),
  )
  const usual = refused
    .slice(1)
    .map(({ tookMs }) => tookMs)
    .sort((one, other) => one - other)[4]
  assert.ok(usual !== undefined && usual < 200, `usually ${usual} ms, where a commit is waited for 250 ms`)
  assert.equal(sandbox.attempts.length, 1)
  release()
  let status = 503
  for (let at = 0; at < 60 && status !== 200; at += 1) {
    await systemClock.sleep(100)
    status = (await ask()).status
  }
  assert.equal(status, 200)
  await gateway.kill()
  const again = await startGateway(config, { dir: gateway.dir })
  t.after(() => again.kill())
  const outcomes = JSON.parse(again.ledger('list')).map(({ outcome }: { outcome: string }) => outcome)
  assert.deepEqual(outcomes, ['SUCCESS', 'SUCCESS'])
  await again.end()
})

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0

test('fault: the disk is full: requests are answered, and what they left is written when there is room again', {
  skip: !hasPrlimit && 'prlimit is missing',
}, async (t) => {
  const gateway = await startGateway(undefined, { env: {} })
  t.after(() => gateway.remove())
  const limit = (bytes: string) =>
    spawnSync('prlimit', ['--pid', String(gateway.process.pid), `--fsize=${bytes}:`])
  const ask = async () => {
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    await answer.text()
    return answer.status
  }
  assert.equal(await ask(), 200)
  const wal = statSync(join(gateway.dir, 'data/journal.sqlite-wal')).size
  limit(String(wal + 8_192))
  for (let at = 0; at < 30; at += 1) assert.equal(await ask(), 200)
  assert.match(gateway.errors(), /the ledger is not written: /)
  limit('unlimited')
  for (let at = 0; at < 80 && !gateway.errors().includes('written again'); at += 1)
    await systemClock.sleep(100)
  assert.equal(gateway.errors().match(/the ledger is/g)?.length, 2, gateway.errors())
  assert.equal(await gateway.end(), 0)
  assert.equal(JSON.parse(gateway.ledger('list', '--limit', '100')).length, 31)
  assert.equal(JSON.parse(gateway.ledger('verify')).ok, true)
})

interface Damage {
  readonly name: string
  readonly harm: (path: string) => void
  readonly says: RegExp
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, bytes.length, at)
  closeSync(file)
}

/** The page where the newest entries are. */
function lastPageAt(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const row = db
    .prepare("SELECT max(pageno) AS page FROM dbstat WHERE name = 'entries' AND pagetype = 'leaf'")
    .get()
  db.close()
  return (Number(row?.['page']) - 1) * 4_096
}

const damages: readonly Damage[] = [
  {
    name: 'a newer schema',
    harm(path) {
      const db = new DatabaseSync(path)
      db.exec('PRAGMA user_version=99')
      db.close()
    },
    says: /written by a newer version \(schema 99/,
  },
  {
    name: 'a damaged header',
    harm: (path) => overwrite(path, 0, Buffer.alloc(100, 7)),
    says: /left as it is/,
  },
  {
    name: 'a damaged page',
    harm: (path) => overwrite(path, lastPageAt(path), Buffer.alloc(4_096, 7)),
    says: /left as it is/,
  },
  {
    name: 'a file cut in half',
    harm: (path) => truncateSync(path, statSync(path).size / 2),
    says: /left as it is/,
  },
  { name: 'an emptied file', harm: (path) => truncateSync(path, 0), says: /is empty although checkpoints/ },
  {
    name: 'another kind of file',
    harm: (path) => writeFileSync(path, 'a diary, '.repeat(1_000)),
    says: /left as it is/,
  },
]
for (const { name, harm, says } of damages) {
  test(`fault: ${name}: the start is refused in words, and the file stays as it was`, async (t) => {
    const { dir, remove } = await filledLedger(30)
    t.after(remove)
    harm(journalOf(dir))
    const before = digest(journalOf(dir))
    const opened = await openLedger(ledgerOptions(dir))
    assert.ok(!opened.ok)
    assert.match(opened.fault, says)
    assert.ok(opened.fault.includes(journalOf(dir)) && !opened.fault.includes('\n'))
    assert.equal(digest(journalOf(dir)), before)
    const verify = ledgerCommand(dir, 'verify')
    assert.equal(verify.status, 1)
    assert.doesNotMatch(verify.stderr, /\n\s+at /)
  })
}

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname

/** Whether every user may come to the file and read it. */
const isForAll = (path: string): boolean =>
  path === dirname(path) || ((statSync(path).mode & 0o005) === 0o005 ? isForAll(dirname(path)) : false)

/** On a machine that cannot do it the test is counted as skipped, with this. */
const noOtherUser =
  process.getuid?.() !== 0
    ? 'only root can become another user'
    : [dirname(main), process.execPath].every(isForAll)
      ? false
      : 'another user cannot read the checkout'

test('fault: a directory that may only be read: refused in words', { skip: noOtherUser }, async (t) => {
  const { dir, remove } = await filledLedger(3)
  t.after(remove)
  for (const name of readdirSync(dir)) chmodSync(join(dir, name), 0o444)
  chmodSync(dir, 0o555)
  chownSync(dir, 0, 0)
  const before = digest(journalOf(dir))
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, 'serve', '--port', '0', '--data', dir],
    { uid: 65_534, gid: 65_534, env: {}, cwd: '/' },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const status = await new Promise((resolve) => child.once('exit', resolve))
  chmodSync(dir, 0o755)
  assert.equal(status, 1, said)
  assert.match(said, /^[^\n]*(read-?only|unable to open|permission denied)[^\n]*\n$/i)
  assert.equal(digest(journalOf(dir)), before)
})

test('migration: an older journal is brought up to date, notes it, enters what ran when it ended, and keeps its chain and previews', async (t) => {
  const { dir, ids, remove } = await filledLedger(12)
  t.after(remove)
  const db = new DatabaseSync(journalOf(dir))
  db.exec(`
CREATE TABLE old (request_id TEXT PRIMARY KEY, salt TEXT NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO old SELECT request_id, salt, previews.json FROM previews JOIN entries USING (seq);
DROP TABLE previews; ALTER TABLE old RENAME TO previews;
DROP TABLE content; DROP TABLE orders; DROP INDEX entries_by_time; DROP INDEX entries_by_outcome;
CREATE INDEX entries_not_plain ON entries (outcome, seq) WHERE outcome <> 'SUCCESS';
CREATE TABLE intents (request_id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO intents VALUES ('req_left', '{"requestId":"req_left","atUtc":"2026-01-01T00:00:00.000Z","tenant":"default","route":"chat"}');
PRAGMA user_version=1`)
  db.close()
  assert.match(ledgerCommand(dir, 'list').stderr, /start the gateway once/)
  const { open } = await openTestLedger({ dir })
  await open.ledger.close()
  const verdict = JSON.parse(ledgerCommand(dir, 'verify', '--json').stdout)
  assert.deepEqual([verdict.ok, verdict.entries], [true, 14])
  assert.equal(JSON.parse(ledgerCommand(dir, 'show', 'req_left', '--json').stdout).outcome, 'UNKNOWN_CRASH')
  const shown = JSON.parse(ledgerCommand(dir, 'show', ids[4] ?? '', '--json').stdout)
  assert.equal(shown.previews.initialPrompt, 'question 5 — größer')
})
