import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChainRow, chainHash, firstPrevHash, placeInChain, verifyChain } from './chain.ts'

function chain(length: number): ChainRow[] {
  const rows: ChainRow[] = []
  let prevHash = firstPrevHash
  for (let seq = 1; seq <= length; seq += 1) {
    const json = placeInChain(`{"requestId":"req_${seq}"}`, {
      schemaVersion: 1,
      journalId: 'j',
      seq,
      prevHash,
    })
    const hash = chainHash(prevHash, json)
    rows.push({ seq, json, hash })
    prevHash = hash
  }
  return rows
}
const changed = (rows: ChainRow[], at: number, row: Partial<ChainRow>) =>
  rows.map((one, i) => (i === at ? { ...one, ...row } : one))

const rows: readonly [name: string, rows: ChainRow[], expected: string][] = [
  ['an untouched chain', chain(5), 'ok 5'],
  ['an empty one', [], 'ok 0'],
  [
    'a changed text',
    changed(chain(5), 2, { json: (chain(5)[2]?.json ?? '').replace('req_3', 'req_x') }),
    'bad 3',
  ],
  ['a changed hash', changed(chain(5), 2, { hash: 'ab'.repeat(32) }), 'bad 3'],
  ['a deleted entry', chain(5).filter(({ seq }) => seq !== 3), 'bad 4'],
  ['a deleted first entry', chain(5).slice(1), 'bad 2'],
  ['two entries in each other’s place', [0, 2, 1, 3].flatMap((i) => chain(5)[i] ?? []), 'bad 3'],
  ['an inserted entry', [...chain(2), ...chain(3).slice(1)], 'bad 2'],
  [
    'an entry with a new hash but the old follower',
    changed(chain(5), 1, { json: '{"seq":2,"prevHash":"x"}' }),
    'bad 2',
  ],
]
for (const [name, given, expected] of rows) {
  test(`chain: ${name}`, () => {
    const verdict = verifyChain(given)
    assert.equal(verdict.ok ? `ok ${verdict.entries}` : `bad ${verdict.seq}`, expected)
  })
}
