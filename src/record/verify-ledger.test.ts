import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { chainHash, firstPrevHash, placeInChain } from './chain.ts'
import { publicKeyHex, type SignedCheckpoint, signCheckpoint } from './checkpoint.ts'
import { commitTo } from './keyed-hash.ts'
import { type Evidence, type StoredRow, verifyLedger } from './verify-ledger.ts'

const salt = '00'.repeat(16)
const { privateKey } = generateKeyPairSync('ed25519')
const publicKey = publicKeyHex(createPublicKey(privateKey))

/** A chain in which `told` replaces the record of some entries. */
function chain(length: number, told: Readonly<Record<number, object>> = {}): StoredRow[] {
  const rows: StoredRow[] = []
  let prevHash = firstPrevHash
  for (let seq = 1; seq <= length; seq += 1) {
    const record = told[seq] ?? {
      requestId: `req_${seq}`,
      commitments: { initialPrompt: commitTo('hi', salt) },
    }
    const json = placeInChain(JSON.stringify(record), { schemaVersion: 1, journalId: 'j', seq, prevHash })
    const hash = chainHash(prevHash, json)
    rows.push({ seq, json, hash, ...(told[seq] ? {} : { salt, previews: '{"initialPrompt":"hi"}' }) })
    prevHash = hash
  }
  return rows
}

function checkpoint(size: number, rows = chain(size)): SignedCheckpoint {
  const root = rows[size - 1]?.hash ?? ''
  return signCheckpoint({ journalId: 'j', size, root, atUtc: '2026-01-01T00:00:00.000Z' }, privateKey)
}

const changed = (rows: StoredRow[], at: number, row: Partial<StoredRow>) =>
  rows.map((one, i) => (i === at ? { ...one, ...row } : one))
const removedThrough3 = {
  kind: 'audit',
  action: 'entries_removed',
  detail: { throughSeq: 3, throughHash: chain(3)[2]?.hash },
}
const noted = chain(6, { 5: removedThrough3 })
const head = (rows: readonly StoredRow[]) => ({ seq: rows.length, hash: rows.at(-1)?.hash ?? '' })
const signed: Evidence = { publicKey, checkpoints: [checkpoint(2), checkpoint(4)] }
const none: Evidence = { checkpoints: [] }

const rows: readonly [name: string, rows: StoredRow[], evidence: Evidence, expected: string][] = [
  ['an untouched chain', chain(5), none, 'ok 5'],
  ['an empty one', [], none, 'ok 0'],
  [
    'a changed text',
    changed(chain(5), 2, { json: (chain(5)[2]?.json ?? '').replace('req_3', 'req_x') }),
    none,
    'bad 3',
  ],
  ['a changed hash', changed(chain(5), 2, { hash: 'ab'.repeat(32) }), none, 'bad 3'],
  ['a changed preview', changed(chain(5), 2, { previews: '{"initialPrompt":"ho"}' }), none, 'bad 3'],
  ['an erased preview', changed(chain(5), 2, { previews: null, salt: null }), none, 'ok 5'],
  ['a changed column', changed(chain(5), 3, { columns: { requestId: 'req_9' } }), none, 'bad 4'],
  ['a right column', changed(chain(5), 3, { columns: { requestId: 'req_4' } }), none, 'ok 5'],
  ['a deleted entry', chain(5).filter(({ seq }) => seq !== 3), none, 'bad 3'],
  ['a deleted first entry', chain(5).slice(1), none, 'bad 1'],
  ['two entries in each other’s place', [0, 2, 1, 3].flatMap((i) => chain(5)[i] ?? []), none, 'bad 2'],
  ['an inserted entry', [...chain(2), ...chain(3).slice(1)], none, 'bad 2'],
  [
    'an entry with a new hash but the old follower',
    changed(chain(5), 1, { json: '{"seq":2}' }),
    none,
    'bad 2',
  ],
  ['checkpoints that fit', chain(5), signed, 'ok 5'],
  ['the tail cut off before a checkpoint', chain(3), signed, 'bad 4'],
  ['everything cut off', [], signed, 'bad 1'],
  ['all written anew', chain(5, { 1: { requestId: 'forged' } }), signed, 'bad 1–2'],
  ['written anew from the third on', chain(5, { 3: { requestId: 'forged' } }), signed, 'bad 3–4'],
  [
    'written anew, with a checkpoint of another key',
    chain(5, { 1: { requestId: 'forged' } }),
    {
      publicKey,
      checkpoints: [
        signCheckpoint(
          checkpoint(4, chain(5, { 1: { requestId: 'forged' } })),
          generateKeyPairSync('ed25519').privateKey,
        ),
      ],
    },
    'bad 4',
  ],
  [
    'a checkpoint of another journal',
    chain(5),
    { ...signed, checkpoints: [signCheckpoint({ ...checkpoint(4), journalId: 'k', size: 9 }, privateKey)] },
    'ok 5',
  ],
  ['the tail cut off after the last checkpoint', chain(4), { ...signed, head: head(chain(5)) }, 'bad 5'],
  ['entries added without the writer', chain(6), { ...signed, head: head(chain(5)) }, 'bad 6'],
  ['what the writer noted', chain(5), { ...signed, head: head(chain(5)) }, 'ok 5'],
  ['a beginning that was removed and noted', noted.slice(3), none, 'ok 3'],
  ['a beginning that is being removed', noted.slice(1), none, 'ok 5'],
  ['a beginning of which more is missing than was noted', noted.slice(4), none, 'bad 4'],
  [
    'a note of another beginning',
    chain(6, { 2: { requestId: 'x' }, 5: removedThrough3 }).slice(3),
    none,
    'bad 4',
  ],
]
for (const [name, given, evidence, expected] of rows) {
  test(`verify: ${name}`, () => {
    const verdict = verifyLedger(given, evidence)
    const until = verdict.ok || verdict.untilSeq === undefined ? '' : `–${verdict.untilSeq}`
    assert.equal(verdict.ok ? `ok ${verdict.entries}` : `bad ${verdict.seq}${until}`, expected)
  })
}

test('verify: says what was checked', () => {
  const verdict = verifyLedger(chain(5), signed)
  assert.ok(verdict.ok)
  assert.deepEqual([verdict.checkpoints, verdict.coveredThrough, verdict.signatures], [2, 4, 'checked'])
  const unsigned = verifyLedger(chain(5), { checkpoints: signed.checkpoints })
  assert.ok(unsigned.ok && unsigned.signatures === 'not checked')
})

type Change = (rows: readonly StoredRow[], at: number, chance: number) => readonly StoredRow[]

/** One letter of a text becomes another. */
const letterChanged = (text: string, chance: number) => {
  const at = Math.floor(chance * text.length)
  return `${text.slice(0, at)}${text[at] === 'a' ? 'b' : 'a'}${text.slice(at + 1)}`
}
const changes: Readonly<Record<string, Change>> = {
  'a letter of the text': (rows, at, chance) =>
    rows.map((row, i) => (i === at ? { ...row, json: letterChanged(row.json, chance) } : row)),
  'a letter of the hash': (rows, at, chance) =>
    rows.map((row, i) => (i === at ? { ...row, hash: letterChanged(row.hash, chance) } : row)),
  'a deletion': (rows, at) => rows.filter((_row, i) => i !== at),
  'an exchange': (rows, at) => {
    const other = (at + 1) % rows.length
    return rows.map((row, i) => (i === at ? rows[other] : i === other ? rows[at] : row) ?? row)
  },
  'an insertion': (rows, at) => rows.flatMap((row, i) => (i === at ? [row, row] : [row])),
  'a renumbered insertion': (rows, at) =>
    rows.flatMap((row, i) => (i === at ? [row, row] : [row])).map((row, i) => ({ ...row, seq: i + 1 })),
  'a cut': (rows, at) => rows.slice(0, at),
}

for (const [name, change] of Object.entries(changes))
  test(`verify: ${name} anywhere in any ledger is noticed, there or right behind`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 20 }),
        fc.nat(),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (length, place, chance) => {
          const rows = chain(length)
          const at = place % length
          const last = { size: length, root: rows.at(-1)?.hash ?? '' }
          const verdict = verifyLedger(change(rows, at, chance), {
            publicKey,
            checkpoints: [signCheckpoint({ journalId: 'j', atUtc: 'now', ...last }, privateKey)],
            head: { seq: last.size, hash: last.root },
          })
          assert.ok(!verdict.ok, 'it was not noticed')
          const first = name === 'an exchange' && at === length - 1 ? 0 : at
          assert.ok(
            verdict.seq >= first && verdict.seq <= first + 2,
            `entry ${verdict.seq}, changed at ${at + 1}`,
          )
        },
      ),
    )
  })
