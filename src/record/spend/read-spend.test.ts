import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { journalFile } from '../data-directory.ts'
import { readSpend, type SpendGroup, type SpendQuestion } from './read-spend.ts'

const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
const db = new DatabaseSync(journalFile(dir))
db.exec(
  `CREATE TABLE entries (seq INTEGER PRIMARY KEY, at_utc TEXT, outcome TEXT, provider TEXT, model TEXT, tenant TEXT, route TEXT, json TEXT)`,
)
const enter = (atUtc: string, tenant: string, entry: Record<string, unknown>) =>
  db
    .prepare(
      `INSERT INTO entries (at_utc, outcome, provider, model, tenant, route, json) VALUES (?, ?, ?, ?, ?, 'chat', ?)`,
    )
    .run(
      atUtc,
      String(entry['outcome'] ?? 'SUCCESS'),
      String(entry['provider'] ?? 'p'),
      String(entry['model'] ?? 'm'),
      tenant,
      JSON.stringify(entry),
    )
const vectorCall = { provider: 'v', model: 'e', inputTokens: 4, costUsd: '0.000002' }
enter('2030-01-01T00:00:00.000Z', 'acme', {
  virtualKeyId: 'k1',
  estimatedCostUsd: '0.000100',
  usage: { input: 10, output: 5 },
  vectorCall,
})
// An answer of the cache costs nothing but the vector by which it was found.
enter('2030-01-02T00:00:00.000Z', 'acme', {
  virtualKeyId: 'k1',
  outcome: 'CACHED',
  usage: { input: 1, output: 1 },
  vectorCall,
})
enter('2030-01-02T00:00:00.000Z', 'globex', {
  estimatedCostUsd: '0.000010',
  rewrites: [
    { provider: 'w', model: 'r', inputTokens: 3, outputTokens: 2, costUsd: '0.000005' },
    { reason: 'nobody answered' },
  ],
})
enter('2030-01-03T00:00:00.000Z', 'globex', {
  vectorCall: { provider: 'v', model: 'e', fault: { code: 'upstream_timeout' } },
})
db.close()
test.after(() => rmSync(dir, { recursive: true, force: true }))

type Told = readonly [group: string, requests: number, priced: number, microUsd: number, tokens: number]

const rows: readonly [name: string, question: SpendQuestion, expected: readonly Told[]][] = [
  ['all together', { by: [] }, [['', 4, 2, 119, 30]]],
  [
    'by tenant',
    { by: ['tenant'] },
    [
      ['acme', 2, 1, 104, 25],
      ['globex', 2, 1, 15, 5],
    ],
  ],
  [
    'by key',
    { by: ['key'] },
    [
      ['k1', 2, 1, 104, 25],
      ['', 2, 1, 15, 5],
    ],
  ],
  [
    'by model: vectors and rewrites under their own, as no request',
    { by: ['model'] },
    [
      ['m', 4, 2, 110, 17],
      ['r', 0, 0, 5, 5],
      ['e', 0, 0, 4, 8],
    ],
  ],
  [
    'by provider of one tenant',
    { by: ['provider'], tenant: 'acme' },
    [
      ['p', 2, 1, 100, 17],
      ['v', 0, 0, 4, 8],
    ],
  ],
  ['of a day', { by: ['day'], fromUtc: '2030-01-02', toUtc: '2030-01-03' }, [['2030-01-02', 2, 1, 17, 11]]],
]
for (const [name, question, expected] of rows)
  test(`spend: ${name}`, () => {
    const read = readSpend([dir], question)
    assert.ok(read.ok, read.ok ? '' : read.fault)
    const told = read.value.map(({ group, requests, priced, microUsd, inputTokens, outputTokens }): Told => {
      const named = question.by.map((by: SpendGroup) => group[by]).join()
      return [named, requests, priced, microUsd, inputTokens + outputTokens]
    })
    assert.deepEqual(told, expected)
  })
