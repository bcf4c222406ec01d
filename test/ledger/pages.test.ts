/** The pages about the ledger say what the program does. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { defaults, ledgerCommand, openTestLedger, recordOf } from './filled-ledger.ts'

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

test('docs: every field of an entry and every outcome stand in the page of the ledger', async (t) => {
  const { dir, open, notary, remove } = await openTestLedger()
  t.after(remove)
  const full = recordOf({
    callerRequestId: 'c',
    virtualKeyId: 'k',
    finalResponseHash: 'h',
    timeToFirstTokenMs: 1,
    failoverReason: 'f',
    rewriteSucceeded: true,
    usage: { input: 1, output: 1 },
    estimatedCostUsd: '0.000001',
    costCap: '1',
    error: { code: 'internal', class: 'gateway', message: 'm', chain: [] },
    plan: { route: 'chat', targets: [], leftOut: [], selectionMode: 'priority' },
  })
  await notary.record(full, { initialPrompt: 'x', endUser: 'u' })
  open.ledger.note({ action: 'entries_lost', detail: {} })
  await open.ledger.close()
  const [entry, audit] = ledgerCommand(dir, 'export').stdout.split('\n')
  const text = page('ledger.md')
  for (const line of [entry, audit])
    for (const field of Object.keys(JSON.parse(line ?? '{}'))) assert.ok(text.includes(`\`${field}`), field)
})

test('docs: what the program writes is named, as it is', () => {
  const sources = ['prompt-hash.ts', 'content-box.ts', 'checkpoint.ts', 'notary.ts']
    .map((name) => readFileSync(new URL(`../../src/record/${name}`, import.meta.url), 'utf8'))
    .join('')
  for (const text of ['adaptive-mind prompt ', 'adaptive-mind content ', 'adaptive-mind checkpoint 1'])
    assert.ok(sources.includes(text) && page('ledger.md').includes(text), text)
  const kinds = readFileSync(new URL('../../src/protocol/ledger-entry.ts', import.meta.url), 'utf8')
  const [, outcomes = ''] = /type LedgerOutcome =([\s\S]*?)\n\n/.exec(kinds) ?? []
  const [, actions = ''] = /type AuditAction =([\s\S]*?)\n\n/.exec(kinds) ?? []
  for (const [, name] of `${outcomes}${actions}`.matchAll(/'(\w+)'/g))
    assert.ok(page('ledger.md').includes(`\`${name}\``), name)
})

test('docs: the ages of the privacy page are the defaults', () => {
  const dayMs = 86_400_000
  const { previewsForMs = 0, contentForMs = 0, eventsForMs = 0, entriesForMs } = defaults.retention
  const text = page('privacy.md')
  assert.ok(text.includes(`\`retention.previews_days\`, ${previewsForMs / dayMs}`))
  assert.ok(text.includes(`\`retention.content_days\`, ${contentForMs / dayMs}`))
  assert.ok(text.includes(`\`retention.events_days\`, ${eventsForMs / dayMs}`))
  assert.equal(entriesForMs, undefined)
})
