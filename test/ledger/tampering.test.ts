/** Someone who may write the files changes them: both verifiers notice, and name the first bad entry. */

import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { chainHash, firstPrevHash } from '../../src/record/chain.ts'
import { filledLedger, hasPython, ledgerCommand, temporary, verifyByPython } from './filled-ledger.ts'

const entries = 25
const whole = await filledLedger(entries)
const key = ledgerCommand(whole.dir, 'key').stdout.trim()
process.once('exit', whole.remove)

/** Writes every entry anew from `from` on, with hashes that fit. */
function rewrite(db: DatabaseSync, from: number): void {
  let prevHash = firstPrevHash
  for (const row of db.prepare('SELECT seq, json, hash FROM entries ORDER BY seq').all()) {
    const { seq, json, hash } = row as { seq: number; json: string; hash: string }
    if (seq < from) {
      prevHash = hash
      continue
    }
    const text = json
      .replace(/"prevHash":"[0-9a-f]+"/, `"prevHash":"${prevHash}"`)
      .replace('"totalApiCalls":1', '"totalApiCalls":2')
    prevHash = chainHash(prevHash, text)
    db.prepare('UPDATE entries SET json = ?, hash = ? WHERE seq = ?').run(text, prevHash, seq)
  }
}

const swap = `UPDATE entries SET seq = -1 WHERE seq = 11; UPDATE entries SET seq = 11 WHERE seq = 12; UPDATE entries SET seq = 12 WHERE seq = -1`
const insert = `UPDATE entries SET seq = -seq WHERE seq > 13; UPDATE entries SET seq = 1 - seq WHERE seq < 0;
  INSERT INTO entries SELECT 14, 'req_forged', at_utc, outcome, provider, model, tenant, route, json, hash FROM entries WHERE seq = 13`

interface Row {
  readonly name: string
  readonly change: (db: DatabaseSync) => void
  /** What our verifier names, and the other one where it sees it at all: it has the export alone. */
  readonly ours: RegExp
  readonly theirs: RegExp | undefined
}
const sql = (text: string) => (db: DatabaseSync) => db.exec(text)
const rows: readonly Row[] = [
  {
    name: 'an entry is changed',
    change: sql(
      `UPDATE entries SET json = replace(json, '"totalApiCalls":1', '"totalApiCalls":0') WHERE seq = 9`,
    ),
    ours: /Entry 9 .*text was changed/,
    theirs: /entry 9 .*text was changed/,
  },
  {
    name: 'an entry is deleted',
    change: sql('DELETE FROM entries WHERE seq = 9'),
    ours: /Entry 9 .*missing/,
    theirs: /entry 9 .*missing/,
  },
  { name: 'two entries change places', change: sql(swap), ours: /Entry 11 /, theirs: /entry 11 / },
  { name: 'an entry is inserted', change: sql(insert), ours: /Entry 14 /, theirs: /entry 14 / },
  {
    name: 'the tail is cut off',
    change: sql('DELETE FROM entries WHERE seq > 22'),
    ours: /Entry 23 .*missing/,
    theirs: /entry 23 .*missing/,
  },
  {
    name: 'everything is cut off',
    change: sql('DELETE FROM entries'),
    ours: /Entry 1 .*missing/,
    theirs: /entry 1 .*missing/,
  },
  {
    name: 'all is written anew',
    change: (db) => rewrite(db, 1),
    ours: /An entry from 1 to \d+ .*written anew/,
    theirs: /entry \d+ .*written anew/,
  },
  {
    name: 'the end is written anew',
    change: (db) => rewrite(db, 15),
    ours: /An entry from (1[0-5]|[1-9]) to (1[5-9]|2\d) .*written anew/,
    theirs: /entry (1[5-9]|2\d) .*written anew/,
  },
  {
    name: 'a preview is changed',
    change: sql(`UPDATE previews SET json = replace(json, 'question', 'quarrel') WHERE seq = 9`),
    ours: /Entry 9 .*preview/,
    theirs: undefined,
  },
  {
    name: 'what searches look at is changed',
    change: sql(`UPDATE entries SET outcome = 'SUCCESS' WHERE seq = 7`),
    ours: /Entry 7 .*column/,
    theirs: undefined,
  },
  {
    name: 'the writer’s own note is changed',
    change: sql(`UPDATE meta SET value = '24' || substr(value, 3) WHERE name = 'head'`),
    ours: /Entry 25 .*note/,
    theirs: undefined,
  },
]

function copyOf(change: (db: DatabaseSync) => void) {
  const place = temporary()
  cpSync(whole.dir, place.dir, { recursive: true })
  const db = new DatabaseSync(join(place.dir, 'journal.sqlite'))
  change(db)
  db.close()
  return place
}

function exportOf(dir: string): string {
  const file = join(dir, 'export.ndjson')
  writeFileSync(file, ledgerCommand(dir, 'export').stdout)
  return file
}

const byPython = (dir: string) =>
  verifyByPython(exportOf(dir), '--key', key, '--checkpoints', join(dir, 'checkpoints.ndjson'))

test('tampering: an untouched ledger is whole for both', { skip: !hasPython && 'python3 is missing' }, () => {
  const ours = ledgerCommand(whole.dir, 'verify')
  assert.equal(ours.status, 0, ours.stderr)
  assert.match(ours.stdout, /25 entries\.\n\d checkpoints fit \(signatures checked\), the last over entry 25/)
  const theirs = byPython(whole.dir)
  assert.equal(theirs.status, 0, theirs.stdout + theirs.stderr)
  assert.match(theirs.stdout, /25 entries, [1-9] checkpoints/)
})

for (const { name, change, ours, theirs } of rows) {
  test(`tampering: ${name}`, (t) => {
    const place = copyOf(change)
    t.after(place.remove)
    const verdict = ledgerCommand(place.dir, 'verify')
    assert.equal(verdict.status, 1, verdict.stdout)
    assert.match(verdict.stderr, ours)
    if (theirs === undefined || !hasPython) return
    const other = byPython(place.dir)
    assert.equal(other.status, 1, other.stdout + other.stderr)
    assert.match(other.stdout, theirs)
  })
}

test('tampering: written anew, and its checkpoints signed with another key', (t) => {
  const place = copyOf((db) => rewrite(db, 1))
  t.after(place.remove)
  const file = join(place.dir, 'checkpoints.ndjson')
  const forged = readFileSync(file, 'utf8').replace(/"signature":"../g, '"signature":"00')
  writeFileSync(file, forged)
  const verdict = ledgerCommand(place.dir, 'verify', '--key', key)
  assert.equal(verdict.status, 1)
  if (hasPython) assert.match(byPython(place.dir).stdout, /not signed by this key|written anew/)
})

test('checkpoints: a forged one is refused by both', { skip: !hasPython && 'python3 is missing' }, (t) => {
  const place = copyOf(() => {})
  t.after(place.remove)
  const file = join(place.dir, 'checkpoints.ndjson')
  const [first = '', ...rest] = readFileSync(file, 'utf8').split('\n')
  const later = first.replace(/"atUtc":"20/, '"atUtc":"21')
  writeFileSync(file, [later, ...rest].join('\n'))
  assert.match(ledgerCommand(place.dir, 'verify').stderr, /not signed by this key/)
  assert.match(byPython(place.dir).stdout, /not signed by this key/)
})

test('checkpoints: the key is made once, kept from others, and its public half is told', () => {
  assert.match(key, /^[0-9a-f]{64}$/)
  const { pem } = JSON.parse(ledgerCommand(whole.dir, 'key', '--json').stdout)
  assert.match(pem, /^-----BEGIN PUBLIC KEY-----/)
})
